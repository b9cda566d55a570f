"""The answers of the reference: one entry for each operation."""

from __future__ import annotations

from postroom.api.reference.answers import DOCUMENTED
from postroom.api.routes.table import ROUTES


def test_every_operation_has_an_answer_and_nothing_else_does() -> None:
    assert list(DOCUMENTED) == [route.operation for route in ROUTES]


def test_a_body_has_an_example_and_nothing_else_does() -> None:
    with_example = {name for name, documented in DOCUMENTED.items() if documented.body_example is not None}
    assert with_example == {route.operation for route in ROUTES if route.body is not None}
