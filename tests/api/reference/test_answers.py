"""The answers of the reference: one entry for each operation, apart from what a gateway needs to serve."""

from __future__ import annotations

import subprocess
import sys

from postroom.api.reference.answers import DOCUMENTED
from postroom.api.routes.table import ROUTES


def test_every_operation_has_an_answer_and_nothing_else_does() -> None:
    assert list(DOCUMENTED) == [route.operation for route in ROUTES]


def test_a_body_has_an_example_and_nothing_else_does() -> None:
    with_example = {name for name, documented in DOCUMENTED.items() if documented.body_example is not None}
    assert with_example == {route.operation for route in ROUTES if route.body is not None}


def test_a_gateway_loads_them_for_the_documentation_alone() -> None:
    code = (
        "import sys, postroom.app\n"
        "late = 'postroom.schemas.answers', 'postroom.schemas.examples', 'postroom.api.reference.answers'\n"
        "print([name for name in sys.modules if name.startswith(late)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
