"""The quick way to read FETCH: taken for the usual form, and never with another result than the general one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.imap.errors import RemoteProtocolError
from postroom.imap.limits import DEFAULT_LIMITS, LimitExceeded, Limits
from postroom.imap.parsing.numbers import ASSUMED_ZONE
from postroom.imap.parsing.parse_fetch import read_any
from postroom.imap.parsing.usual_fetch import read_usual
from postroom.imap.parsing.wire import RawResponse
from postroom.imap.responses import FetchData
from tests.imap.parsing.usual import ADDRESS, ENVELOPE, TEXT, attributes, garbled, responses

ANN = f"({ADDRESS})"


def both(text: bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[FetchData | None, FetchData | None]:
    """What the quick way gives, and what the general one does."""
    raw = RawResponse(text)
    try:
        general = read_any(raw, 0, 1, limits)
    except (RemoteProtocolError, LimitExceeded):
        general = None
    return read_usual(raw, 0, 1, limits), general


@pytest.mark.parametrize(
    "usual",
    [
        "UID 7 FLAGS ()",
        "UID 7 FLAGS (\\Seen \\flagged $Forwarded) MODSEQ (18446744) RFC822.SIZE 0",
        'INTERNALDATE " 5-Jan-2026 07:08:09 +0530" UID 4294967295',
        f"ENVELOPE {ENVELOPE}",
        f'ENVELOPE ("" NIL {ANN} NIL NIL ({ADDRESS} {ADDRESS}) NIL NIL "<a@x>" "<b@x>")',
        'ENVELOPE (NIL "=?utf-8?q?f=C3=BC?= r" ((" =?utf-8?b?w7w=?= " NIL "ann" ".MISSING-HOST-NAME.")) NIL NIL '
        '((NIL NIL "MISSING_MAILBOX" "MISSING_DOMAIN")) NIL NIL NIL NIL)',
        f"BODYSTRUCTURE {TEXT}",
        'BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 8 1)',
        f'BODYSTRUCTURE ({TEXT}{TEXT} "alternative" ("boundary" "b") NIL NIL NIL)',
        f'BODYSTRUCTURE (({TEXT} {TEXT} "ALTERNATIVE")("image" "png" ("name" "=?utf-8?q?=C3=BC?=.png") "<i@x>" "d" '
        '"base64" 99 NIL ("inline" ("filename" "x (1).png")) NIL "http://x") "mixed" NIL NIL)',
    ],
)
def test_the_usual_form_is_read_quickly(usual: str) -> None:
    quick, general = both(f"({usual})".encode())
    assert quick is not None
    assert quick == general


@pytest.mark.parametrize(
    "other",
    [
        "UID 0",
        "UID 4294967296",
        "UID 7 FLAGS (NIL)",
        "UID 7 FLAGS (\\Seen",
        "UID 7) x",
        "uid 7",
        "UID  7",
        "UID 7 RFC822.SIZE 1.0",
        'INTERNALDATE "31-Feb-2026 07:08:09 +0000"',
        'INTERNALDATE "05-jan-2026 07:08:09 +0000"',
        'INTERNALDATE "05-Abc-2026 07:08:09 +0000"',
        'INTERNALDATE "05-Jan-2026 07:08:60 +0000"',
        'INTERNALDATE "05-Jan-2026 24:00:00 +0000"',
        'INTERNALDATE "05-Jan-2026 07:08:09 +9900"',
        "ENVELOPE NIL",
        f'ENVELOPE (NIL "a \\" b" {ANN} NIL NIL NIL NIL NIL NIL NIL)',
        'ENVELOPE (NIL NIL ((NIL NIL "group" NIL)(NIL NIL NIL NIL)) NIL NIL NIL NIL NIL NIL NIL)',
        f'ENVELOPE (NIL "a " b" {ANN} NIL NIL NIL NIL NIL NIL NIL)',
        f'ENVELOPE (NIL "ü" {ANN} NIL NIL NIL NIL NIL NIL NIL)',
        f'ENVELOPE (NIL "a\tb" {ANN} NIL NIL NIL NIL NIL NIL NIL)',
        "BODYSTRUCTURE NIL",
        'BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" 8 NIL NIL NIL NIL)',
        'BODYSTRUCTURE ("image" "png" NIL NIL NIL "7bit" 8 1 NIL NIL NIL NIL)',
        'BODYSTRUCTURE ("" "" NIL NIL NIL "7bit" 8 1)',
        'BODYSTRUCTURE ("text" "plain" ("name*0" "a" "name*1" "b") NIL NIL "7bit" 8 1 NIL NIL NIL NIL)',
        'BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" 8 1 NIL "inline" NIL NIL)',
        'BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" 8 1 NIL NIL ("en") NIL)',
        f'BODYSTRUCTURE ("message" "rfc822" NIL NIL NIL "7bit" 8 {ENVELOPE} {TEXT} 3 NIL NIL NIL NIL)',
        "BODYSTRUCTURE " + "(" * 12 + TEXT + ' "mixed")' * 12,
        'RFC822 "x"',
    ],
)
def test_any_other_form_is_left_to_the_general_way(other: str) -> None:
    assert read_usual(RawResponse(f"({other})".encode()), 0, 1, DEFAULT_LIMITS) is None


@given(st.one_of(attributes(), garbled(attributes())))
@settings(max_examples=400)
def test_both_ways_give_the_same(text: bytes) -> None:
    quick, general = both(text)
    assert quick is None or quick == general
    if quick is not None and quick.internal_date is not None:
        assert general is not None
        assert general.internal_date is not None
        assert general.internal_date.tzinfo is not ASSUMED_ZONE
        assert quick.internal_date.utcoffset() == general.internal_date.utcoffset()


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        (b"(UID 7 BODY[] {1}\r\n)", (b"x",)),
        (b"(BODY[HEADER.FIELDS (AUTO-SUBMITTED X-AUTOREPLY)]<0> {2}\r\n UID 7)", (b"\r\n",)),
        (b'(UID 7 BODY[1]<0> {3}\r\n BODY[2]<0> NIL BODY[1.2.MIME] "")', (b"\x00\xff)",)),
        (b"(BODY[1] {3}\r\n BODY[2] {3}\r\n)", (b"UID", b"NIL")),
    ],
)
def test_the_content_of_sections_is_read_quickly(text: bytes, literals: tuple[bytes, ...]) -> None:
    raw = RawResponse(text, literals)
    quick = read_usual(raw, 0, 1, DEFAULT_LIMITS)
    assert quick is not None
    assert quick == read_any(raw, 0, 1, DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "text",
    [
        b"(UID 7 RFC822 {1}\r\n)",
        b"(UID 7 BINARY[1] {1}\r\n)",
        b"(UID 7 BODY[1] ~{1}\r\n)",
        b"(UID 7 BODY[1]{1}\r\n)",
        b"(UID 7 body[1] {1}\r\n)",
        b"(UID 7 FLAGS ({1}\r\n))",
        b'(BODYSTRUCTURE ("text" "plain" NIL NIL {1}\r\n "7bit" 8 1))',
    ],
)
def test_other_literals_are_left_to_the_general_way(text: bytes) -> None:
    assert read_usual(RawResponse(text, (b"x",)), 0, 1, DEFAULT_LIMITS) is None


@given(responses())
@settings(max_examples=400)
def test_both_ways_give_the_same_sections(raw: RawResponse) -> None:
    try:
        general = read_any(raw, 0, 1, DEFAULT_LIMITS)
    except RemoteProtocolError:
        general = None
    quick = read_usual(raw, 0, 1, DEFAULT_LIMITS)
    assert quick is None or quick == general


def test_what_the_limits_refuse_is_not_read() -> None:
    assert both(b"(UID 7 FLAGS ())", Limits(max_items=3)) == (None, None)
    assert both(b"(UID 7 FLAGS ())", Limits(max_depth=1)) == (None, None)
