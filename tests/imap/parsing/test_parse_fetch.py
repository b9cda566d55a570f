"""FETCH attributes, each kept whatever its neighbours look like."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postroom.imap.limits import LimitExceeded, Limits
from postroom.imap.responses import FetchData
from tests.imap.reading import read_all, read_fetched, read_one

SEEN = frozenset({"\\Seen"})


@pytest.mark.parametrize(
    ("attributes", "data"),
    [
        (b"", FetchData(1)),
        (b"uid 7 flags (\\Seen)", FetchData(1, uid=7, flags=SEEN)),
        (b"FLAGS (\\SEEN \\recent $X x X)", FetchData(1, flags=frozenset({"\\Seen", "\\Recent", "$X", "x", "X"}))),
        (b'FLAGS ("\\\\Seen" NIL)', FetchData(1, flags=SEEN)),
        (b"FLAGS NIL UID 7", FetchData(1, uid=7, flags=frozenset())),
        (b"UID 0", FetchData(1)),
        (b"UID 4294967296 RFC822.SIZE -5", FetchData(1)),
        (b"UID 7.0 RFC822.SIZE 100.0", FetchData(1, uid=7, size=100)),
        (b"UID 7 ENVELOPE NIL BODYSTRUCTURE NIL BODY NIL", FetchData(1, uid=7)),
        (b"UID 7 ENVELOPE oops BODYSTRUCTURE 5 FLAGS (\\Seen)", FetchData(1, uid=7, flags=SEEN)),
        (b'INTERNALDATE "00-Jan-0000 00:00:00 +0000" UID 7', FetchData(1, uid=7)),
        (b"INTERNALDATE NIL UID 7", FetchData(1, uid=7)),
        (
            b'INTERNALDATE " 5-Jan-2026 07:08:09 +0000"',
            FetchData(1, internal_date=datetime(2026, 1, 5, 7, 8, 9, tzinfo=UTC)),
        ),
        (b"MODSEQ (65402)", FetchData(1, modseq=65402)),
        (b"MODSEQ 65402", FetchData(1, modseq=65402)),
        (b"MODSEQ (-1) UID 7", FetchData(1, uid=7)),
        (b"MODSEQ ()", FetchData(1)),
        (b"EMAILID (M6d9) THREADID (T64b)", FetchData(1, email_id="M6d9", thread_id="T64b")),
        (b"EMAILID M6d9 THREADID NIL", FetchData(1, email_id="M6d9")),
        (b"X-GM-LABELS () X-GM-MSGID 5 X-GM-THRID 6", FetchData(1, gm_labels=(), gm_msgid=5, gm_thrid=6)),
        (b"X-GM-LABELS NIL", FetchData(1)),
    ],
)
def test_attributes(attributes: bytes, data: FetchData) -> None:
    assert read_fetched(attributes) == data


@pytest.mark.parametrize(
    ("attributes", "sections"),
    [
        (b'BODY[] "x"', {"": b"x"}),
        (b'body[header] "x"', {"HEADER": b"x"}),
        (b"BODY[1.2.TEXT] {3}\r\nabc", {"1.2.TEXT": b"abc"}),
        (b"BODY[TEXT]<10> {3}\r\nabc UID 7", {"TEXT<10>": b"abc"}),
        (b"BODY[]{3}\r\nabc", {"": b"abc"}),
        (b'BODY[HEADER.FIELDS ("Date" from)] ""', {"HEADER.FIELDS (DATE FROM)": b""}),
        (b"BODY[1] NIL BODY[2] {0}\r\n", {"1": None, "2": b""}),
        (b"RFC822 {1}\r\na RFC822.HEADER {1}\r\nb RFC822.TEXT NIL", {"": b"a", "HEADER": b"b", "TEXT": None}),
        (b"BODY[1] UID 7", {"1": None}),
        (b"UID 7 BODY[1]", {"1": None}),
        (b"BODY[1] (x)", {"1": None}),
    ],
)
def test_sections(attributes: bytes, sections: dict[str, bytes | None]) -> None:
    found = read_fetched(attributes)
    assert found.sections == sections
    assert found.uid == (7 if b"UID" in attributes else None)


def test_binary_sections_are_kept_apart() -> None:
    found = read_fetched(b"BINARY[1] ~{2}\r\na\0 BINARY.SIZE[1] 2 BODY[1] YQ==")
    assert found.binary == {"1": b"a\0"}
    assert found.sections == {"1": b"YQ=="}
    assert found.extra == {"BINARY.SIZE[1]": b"2"}


def test_a_value_spelt_like_an_attribute_is_a_value() -> None:
    assert read_fetched(b"BODY[1] UID UID 7") == FetchData(1, uid=7, sections={"1": b"UID"})


def test_unknown_attributes_are_kept_unread_and_their_lists_left_out() -> None:
    found = read_fetched(b'UID 7 X-NEW (a (NIL "b")) preview "hi" FLAGS (\\Seen)')
    assert found == FetchData(1, uid=7, flags=SEEN, extra={"X-NEW": None, "PREVIEW": b"hi"})


@pytest.mark.parametrize(
    "line",
    [
        b"* 1 FETCH ((UID 7 FLAGS (\\Seen)))",
        b"* 1 FETCH (UID 7) (FLAGS (\\Seen))",
        b"* 1 FETCH ((UID 7)(FLAGS (\\Seen)))",
        b"* 1 FETCH (UID 7 (FLAGS (\\Seen)))",
        b"* 1 FETCH (UID 7 FLAGS (\\Seen)",
        b"* 1 FETCH (UID 7 FLAGS (\\Seen",
        b"* 1 FETCH (UID 7 FLAGS (\\Seen)))",
        b"* 1 FETCH  ( UID  7   FLAGS  (  \\Seen ) ) ",
        b"* 1 FETCH(UID 7 FLAGS(\\Seen))",
        b"* 1.0 FETCH (UID 7 FLAGS (\\Seen))",
    ],
)
def test_odd_parentheses_and_spaces(line: bytes) -> None:
    assert read_one(line + b"\r\n") == FetchData(1, uid=7, flags=SEEN)


def test_a_string_that_never_ends_costs_what_follows_it_alone() -> None:
    found = read_all([b'* 1 FETCH (UID 7 FLAGS (\\Seen) ENVELOPE (NIL "broken\r\nline" NIL))\r\n* 2 EXISTS\r\n'])
    assert isinstance(found[0], FetchData)
    assert (found[0].uid, found[0].flags) == (7, SEEN)
    assert len(found) == 3


@pytest.mark.parametrize(
    "attributes",
    [
        b'((UID 7 BODYSTRUCTURE (("text" "plain") "mixed") X-NEW ((a))))',
        b'(BODY[1] BODYSTRUCTURE (("text" "plain") "mixed") UID 7)',
        b'UID 7 (BODYSTRUCTURE (("text" "plain") "mixed"))',
    ],
)
def test_values_that_are_lists_of_lists_stay_whole_among_odd_parentheses(attributes: bytes) -> None:
    found = read_fetched(attributes)
    assert found.uid == 7
    assert found.body is not None
    assert [part.content_type for part in found.body.walk()] == ["multipart/mixed", "text/plain"]


def test_limits_are_kept_even_by_lenient_reading() -> None:
    for attributes in (b"X " + b"(" * 10_000, b"X (" + b"a " * 600_000):
        with pytest.raises(LimitExceeded):
            read_fetched(attributes)
    with pytest.raises(LimitExceeded):
        read_all([b"* 1 FETCH (FLAGS (a b c))\r\n"], Limits(max_items=5))
