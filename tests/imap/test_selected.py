"""Each untagged answer changes the selected mailbox as it should, and others leave it alone."""

from __future__ import annotations

import pytest

from postroom.imap.responses import (
    ExistsData,
    ExpungeData,
    FetchData,
    FlagsData,
    Response,
    ResponseCode,
    StatusResponse,
    VanishedData,
)
from postroom.imap.selected import SelectedMailbox, follow, follow_code
from postroom.imap.sets import UidSet

BEFORE = SelectedMailbox("INBOX", exists=10, uidnext=44, highestmodseq=100)


@pytest.mark.parametrize(
    ("response", "exists"),
    [
        (ExistsData(12), 12),
        (ExistsData(3), 3),
        (ExpungeData(4), 9),
        (VanishedData(False, UidSet([(1, 4)])), 6),
        (VanishedData(True, UidSet([(1, 4)])), 10),
        (VanishedData(False, UidSet([(1, 400)])), 0),
        (FetchData(3, uid=3, modseq=900), 10),
    ],
)
def test_count(response: Response, exists: int) -> None:
    assert follow(BEFORE, response).exists == exists


@pytest.mark.parametrize(
    ("code", "field", "value"),
    [
        (ResponseCode("READ-ONLY"), "read_only", True),
        (ResponseCode("UIDVALIDITY", (7,)), "uidvalidity", 7),
        (ResponseCode("UIDNEXT", (45,)), "uidnext", 45),
        (ResponseCode("UIDNEXT"), "uidnext", 44),
        (ResponseCode("HIGHESTMODSEQ", (101,)), "highestmodseq", 101),
        (ResponseCode("NOMODSEQ"), "highestmodseq", None),
        (ResponseCode("PERMANENTFLAGS", ("\\Seen", "\\*")), "permanent_flags", {"\\Seen", "\\*"}),
        (ResponseCode("PERMANENTFLAGS"), "permanent_flags", set()),
        (ResponseCode("MAILBOXID", ("F2212ea87",)), "mailbox_id", "F2212ea87"),
        (ResponseCode("UIDNOTSTICKY"), "uids_not_sticky", True),
        (ResponseCode("UNSEEN", (3,)), "exists", 10),
    ],
)
def test_codes(code: ResponseCode, field: str, value: object) -> None:
    assert getattr(follow_code(BEFORE, code), field) == value
    assert getattr(follow(BEFORE, StatusResponse(None, "OK", code, "")), field) == value


def test_read_write_after_read_only() -> None:
    only = follow_code(BEFORE, ResponseCode("READ-ONLY"))
    assert not follow_code(only, ResponseCode("READ-WRITE")).read_only


def test_flags() -> None:
    assert follow(BEFORE, FlagsData(frozenset({"\\Seen"}))).flags == {"\\Seen"}


def test_a_mod_sequence_in_a_fetch_moves_nothing() -> None:
    assert follow(BEFORE, FetchData(1, modseq=5000)) is BEFORE
