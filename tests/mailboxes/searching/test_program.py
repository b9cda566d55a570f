"""Searches in the words of a mail server."""

from __future__ import annotations

from datetime import date

import pytest

from postroom.imap.encode import Literal
from postroom.mailboxes.failures import MissingExtension, UnsupportedSearchTerm
from postroom.mailboxes.searching.program import LONGEST_PROGRAM, MOST_SEARCHES, search_program
from postroom.mailboxes.searching.terms import Terms

BARE: frozenset[str] = frozenset()
GMAIL = frozenset({"X-GM-EXT-1"})
OBJECTS = frozenset({"OBJECTID", "CONDSTORE"})


def said(terms: Terms, capabilities: frozenset[str] = BARE) -> bytes:
    return b"".join(
        each.data if isinstance(each, Literal) else each for each in search_program(terms, capabilities).pieces[0]
    )


@pytest.mark.parametrize(
    ("terms", "capabilities", "words"),
    [
        (Terms(), BARE, b"ALL"),
        (Terms(sets=(("seq", "1:5"), ("uid", "7:*"))), BARE, b"1:5 UID 7:*"),
        (Terms(flags=(("seen", True), ("unseen", False), ("draft", False))), BARE, b"SEEN SEEN UNDRAFT"),
        (Terms(texts=(("from", "a b"), ("text", 'q"'))), BARE, b'FROM "a b" TEXT "q\\""'),
        (Terms(numbers=(("larger", 10),)), BARE, b"LARGER 10"),
        (Terms(numbers=(("larger", 2**40), ("smaller", 2**32))), BARE, b"LARGER 4294967295 SMALLER 4294967295"),
        (Terms(numbers=(("modseq", 2**40),)), OBJECTS, b"MODSEQ 1099511627776"),
        (Terms(days=(("before", date(1, 1, 1)), ("since", date(1969, 12, 31)))), BARE,
         b"BEFORE 1-Jan-0001 SINCE 31-Dec-1969"),
        (Terms(days=(("sentSince", date(2026, 2, 1)),)), BARE, b"SENTSINCE 1-Feb-2026"),
        (Terms(headers=(("X-A", ""),)), BARE, b'HEADER "X-A" ""'),
        (Terms(email_id="M1", thread_id="T-1"), OBJECTS, b"EMAILID M1 THREADID T-1"),
        (Terms(email_id="17", thread_id="18"), GMAIL, b"X-GM-MSGID 17 X-GM-THRID 18"),
        (Terms(email_ids=("a", "b", "c")), OBJECTS, b"OR EMAILID a OR EMAILID b EMAILID c"),
        (Terms(email_ids=()), OBJECTS, b"NOT ALL"),
        (Terms(gmail_raw="has:drive", labels=(("\\Inbox", True), ("ü", False))), GMAIL,
         b'X-GM-RAW "has:drive" X-GM-LABELS "\\\\Inbox" NOT X-GM-LABELS "&APw-"'),
        (Terms(has_attachment=False), GMAIL, b'X-GM-RAW "-has:attachment"'),
        (Terms(either=(Terms(flags=(("seen", True),)), Terms(sets=(("uid", "1"),), flags=(("draft", True),)))), BARE,
         b"OR SEEN (UID 1 DRAFT)"),
        (Terms(unlike=(Terms(texts=(("to", "x"),)), Terms())), BARE, b'NOT TO "x" NOT ALL'),
    ],
)  # fmt: skip
def test_the_words(terms: Terms, capabilities: frozenset[str], words: bytes) -> None:
    assert said(terms, capabilities) == words


def test_text_beyond_ascii_is_a_literal_in_utf8() -> None:
    program = search_program(Terms(texts=(("subject", "grüße"),)), BARE)
    assert program.is_text
    assert Literal("grüße".encode()) in program.pieces[0]
    assert not search_program(Terms(texts=(("subject", "x"),)), BARE).is_text


@pytest.mark.parametrize(
    ("terms", "key", "extension"),
    [
        (Terms(numbers=(("modseq", 1),)), "modseq", "CONDSTORE"),
        (Terms(email_id="1"), "emailId", "OBJECTID"),
        (Terms(email_ids=("1",)), "emailIds", "OBJECTID"),
        (Terms(thread_id="1"), "threadId", "OBJECTID"),
        (Terms(gmail_raw="x"), "gmailRaw", "X-GM-EXT-1"),
        (Terms(either=(Terms(labels=(("x", True),)),)), "labels", "X-GM-EXT-1"),
    ],
)
def test_a_missing_extension_is_named(terms: Terms, key: str, extension: str) -> None:
    with pytest.raises(MissingExtension) as caught:
        search_program(terms, BARE)
    assert (caught.value.key, caught.value.extension) == (key, extension)


def test_attachments_are_left_to_the_structure_where_the_server_cannot_say() -> None:
    wanted = search_program(Terms(has_attachment=True), BARE)
    assert wanted.by_structure is True
    assert b"multipart/" in b"".join(each for each in wanted.pieces[0] if isinstance(each, bytes))
    assert search_program(Terms(has_attachment=False), BARE).by_structure is False
    assert search_program(Terms(has_attachment=True), GMAIL).by_structure is None
    with pytest.raises(UnsupportedSearchTerm, match="hasAttachment"):
        search_program(Terms(unlike=(Terms(has_attachment=True),)), BARE)


def test_what_cannot_be_said_is_refused() -> None:
    deep = Terms()
    for _ in range(12):
        deep = Terms(unlike=(deep,))
    bad = (
        deep,
        Terms(either=(Terms(),) * MOST_SEARCHES),
        Terms(texts=(("from", "\ud800"),)),
        Terms(labels=(("\ud800", True),)),
        Terms(email_id="x y"),
        Terms(texts=(("body", "x" * 900),) * (LONGEST_PROGRAM // 900 + 1)),
        Terms(unlike=(Terms(texts=(("body", "ü" * 20_000),) * 2),)),
        Terms(email_id="18446744073709551616"),
    )
    for terms in bad:
        with pytest.raises(UnsupportedSearchTerm):
            search_program(terms, GMAIL)
