"""How far a sync has come, as it is stored."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from postroom.accounts.known.last_error import LastError
from postroom.accounts.known.sync_told import Counted, FolderError, LeftOut, Subconnection, SyncTold
from postroom.accounts.lifecycle import State

COUNTS: dict[str, Any] = {"folders": {"done": 1, "total": 2}, "messages": {"done": 3, "total": 4}}
TIME = "2026-01-31T12:00:00.000Z"
# As the version before typed values stored it: each member that there may be, in the order of that version.
WHOLE: dict[str, Any] = {
    **COUNTS,
    "error": {"path": "Work", "time": TIME, "error": "NO such folder"},
    "unknown": ["Bills"],
    "subconnections": [
        {"path": "Work", "state": "connected", "lastError": None, "nextAttempt": None},
        {
            "path": "News",
            "state": "connectError",
            "lastError": {"response": "no route", "serverResponseCode": "EHOSTUNREACH", "time": TIME},
            "nextAttempt": TIME,
        },
    ],
    "unlisted": True,
    "leftOut": {"unusable": 1, "beyondLimit": 5, "names": ["a%00b"]},
}


@pytest.mark.parametrize("row", [COUNTS, WHOLE, {**COUNTS, "later": [1]}])
def test_a_row_is_stored_as_it_was_read(row: dict[str, Any]) -> None:
    assert orjson.dumps(SyncTold.of_row(row).as_row()) == orjson.dumps(row)


def test_each_member_is_read() -> None:
    assert SyncTold.of_row(WHOLE) == SyncTold(
        Counted(1, 2),
        Counted(3, 4),
        FolderError("Work", TIME, "NO such folder"),
        ("Bills",),
        (
            Subconnection("Work", State.CONNECTED),
            Subconnection("News", State.CONNECT_ERROR, LastError("no route", "EHOSTUNREACH", time=TIME), TIME),
        ),
        unlisted=True,
        left_out=LeftOut(1, 5, ("a%00b",)),
    )


def test_a_row_without_some_members_opens() -> None:
    assert SyncTold.of_row({}) == SyncTold()
    found = SyncTold.of_row(
        {"subconnections": [{"path": "Work"}], "leftOut": {"unusable": 0}, "error": {"path": "Work"}}
    )
    assert found.subconnections == (Subconnection("Work", None),)
    assert (found.left_out, found.error) == (LeftOut(0, 0), FolderError("Work", "", ""))
