"""Response codes by name."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.imap.parsing.parse_codes import read_code
from postroom.imap.responses import ResponseCode
from postroom.imap.sets import UidSet


def uids(text: str) -> UidSet:
    return UidSet.from_string(text)


@pytest.mark.parametrize(
    ("code", "name", "arguments"),
    [
        (b"[ALERT]", "ALERT", ()),
        (b"[alert]", "ALERT", ()),
        (b"[CAPABILITY IMAP4rev1 idle]", "CAPABILITY", ("IMAP4REV1", "IDLE")),
        (b"[UIDVALIDITY 17]", "UIDVALIDITY", (17,)),
        (b"[UIDNEXT 17.0]", "UIDNEXT", (17,)),
        (b"[UIDVALIDITY x]", "UIDVALIDITY", ()),
        (b"[UNSEEN 0]", "UNSEEN", (0,)),
        (b"[HIGHESTMODSEQ -1]", "HIGHESTMODSEQ", ()),
        (b"[HIGHESTMODSEQ 9223372036854775807]", "HIGHESTMODSEQ", (2**63 - 1,)),
        (b"[NOMODSEQ]", "NOMODSEQ", ()),
        (b"[PERMANENTFLAGS (\\Seen \\*)]", "PERMANENTFLAGS", ("\\Seen", "\\*")),
        (b"[PERMANENTFLAGS ()]", "PERMANENTFLAGS", ()),
        (b'[PERMANENTFLAGS (a] "b" \\*)]', "PERMANENTFLAGS", ("a]", "b", "\\*")),
        (b'[BADCHARSET ("UTF-8" US-ASCII)]', "BADCHARSET", ("UTF-8", "US-ASCII")),
        (b"[BADCHARSET]", "BADCHARSET", ()),
        (b"[MAILBOXID (F22-0af)]", "MAILBOXID", ("F22-0af",)),
        (b"[APPENDUID 38505 3955]", "APPENDUID", (38505, uids("3955"))),
        (b"[APPENDUID 38505 1:3]", "APPENDUID", (38505, uids("1:3"))),
        (b"[APPENDUID 38505]", "APPENDUID", ()),
        (b"[APPENDUID 0 1]", "APPENDUID", ()),
        (b"[APPENDUID x 1]", "APPENDUID", ()),
        (b"[COPYUID 38505 304,319:320 3956:3958]", "COPYUID", (38505, uids("304,319:320"), uids("3956:3958"))),
        (b"[COPYUID 38505 1:3 7:8]", "COPYUID", ()),
        (b"[COPYUID 38505 3,1 7:8]", "COPYUID", ()),
        (b"[COPYUID 38505 1:2 8:7]", "COPYUID", ()),
        (b"[COPYUID 38505 1,1 7:8]", "COPYUID", ()),
        (b"[COPYUID 38505 1:2 x]", "COPYUID", ()),
        (b"[COPYUID 38505 1:2]", "COPYUID", ()),
        (b"[COPYUID]", "COPYUID", ()),
        (b"[MODIFIED 7,9]", "MODIFIED", (uids("7,9"),)),
        (b"[MODIFIED x]", "MODIFIED", ()),
        (b"[WEBALERT https://x.example/?a=(b)]", "WEBALERT", ("https://x.example/?a=(b)",)),
        (b"[X-UNKNOWN (some (thing) of it)]", "X-UNKNOWN", ("(some (thing) of it)",)),
        (b"[REFERRAL imap://x/]", "REFERRAL", ("imap://x/",)),
    ],
)
def test_codes(code: bytes, name: str, arguments: tuple[Any, ...]) -> None:
    assert read_code(code + b" and words [x]") == (ResponseCode(name, arguments), b"and words [x]")


@pytest.mark.parametrize("text", [b"no code", b"", b"[OPEN and words", b"[]", b"[ ]", b"[(x)] y"])
def test_what_is_no_code_is_words(text: bytes) -> None:
    assert read_code(text) == (None, text)


def test_a_list_without_its_end_still_ends_at_the_bracket() -> None:
    assert read_code(b"[PERMANENTFLAGS (\\Seen] x") == (ResponseCode("PERMANENTFLAGS", ("\\Seen",)), b"x")


def test_no_words_behind_a_code() -> None:
    assert read_code(b"[READ-ONLY]") == (ResponseCode("READ-ONLY"), b"")
