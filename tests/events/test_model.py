"""Which events are wanted, and what is said of a cursor that cannot be followed."""

from __future__ import annotations

import pytest

from postroom.events.model import EVERYTHING, CursorExpired, EventKind, WantedEvents

NEW = EventKind("anna", 1, "messageNew")


@pytest.mark.parametrize(
    ("wanted", "has"),
    [
        (EVERYTHING, True),
        (WantedEvents("anna"), True),
        (WantedEvents("bert"), False),
        (WantedEvents("anna", 1), True),
        (WantedEvents("anna", 2), False),
        (WantedEvents(types=("messageNew", "messageDeleted")), True),
        (WantedEvents(types=("messageDeleted",)), False),
        (WantedEvents("bert", types=("messageNew",)), False),
    ],
)
def test_account_holder_and_type_must_all_fit(wanted: WantedEvents, has: bool) -> None:
    assert wanted.has(NEW) is has


def test_an_expired_cursor_says_where_to_go_on() -> None:
    for error in (CursorExpired.pruned(7), CursorExpired.unknown(7)):
        assert (error.code, error.oldest) == ("CursorExpired", 7)
        assert "since=7" in error.message
