"""Which events may be asked for."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.schemas.requests.events import MAX_CURSOR, EventsQuery, EventStreamQuery
from tests.schemas.checked import problems_of, value_of

QUERIES = [EventsQuery, EventStreamQuery]


@pytest.mark.parametrize("kind", QUERIES)
@pytest.mark.parametrize(
    ("sent", "types"),
    [
        ("messageNew", ["messageNew"]),
        ("messageNew, messageDeleted,", ["messageNew", "messageDeleted"]),
        (["messageNew", "messageDeleted"], ["messageNew", "messageDeleted"]),
        (["messageNew,messageDeleted", "messageUpdated"], ["messageNew", "messageDeleted", "messageUpdated"]),
        ("", []),
        ([""], []),
    ],
)
def test_types_are_repeated_or_separated_by_commas(kind: Any, sent: object, types: list[str]) -> None:
    assert value_of(kind, {"type": sent}).type == types


@pytest.mark.parametrize("kind", QUERIES)
def test_what_is_no_event_is_refused_by_its_place(kind: Any) -> None:
    (problem,) = problems_of(kind, {"type": "messageNew,mesageNew"}).items()
    assert problem[0] == "type.1"
    assert problem[1].startswith("must be one of 'account")


@pytest.mark.parametrize("kind", QUERIES)
def test_a_cursor_is_a_number_of_the_log(kind: Any) -> None:
    assert value_of(kind, {}).since is None
    assert value_of(kind, {"since": "0"}).since == 0
    assert value_of(kind, {"since": str(MAX_CURSOR)}).since == MAX_CURSOR
    assert problems_of(kind, {"since": "-1"}) == {"since": "must be greater than or equal to 0"}
    assert problems_of(kind, {"since": str(MAX_CURSOR + 1)}) == {"since": f"must be less than or equal to {MAX_CURSOR}"}
    assert problems_of(kind, {"since": "yesterday"}) == {"since": "must be a number"}


def test_a_page_has_bounds_and_a_stream_has_none() -> None:
    assert value_of(EventsQuery, {}).limit == 100
    assert problems_of(EventsQuery, {"limit": "0"}) == {"limit": "must be greater than or equal to 1"}
    assert problems_of(EventsQuery, {"limit": "1001"}) == {"limit": "must be less than or equal to 1000"}
    assert problems_of(EventStreamQuery, {"limit": "5"}) == {"limit": "is not allowed"}
