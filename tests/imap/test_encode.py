"""Arguments: the shortest legal form, and no way out of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.imap import encode
from postroom.imap.encode import Argument, Literal
from postroom.imap.errors import LocalProtocolError
from postroom.imap.sets import UidSet


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("plain", b"plain"),
        ("a]b", b"a]b"),
        ("", b'""'),
        ("two words", b'"two words"'),
        ('p"a\\ss', b'"p\\"a\\\\ss"'),
        ("nil", b'"nil"'),
        ("a(b", b'"a(b"'),
        ("{5}", b'"{5}"'),
        ("100%", b'"100%"'),
        ("*", b'"*"'),
        ("pässword", Literal("pässword".encode())),
        ("tab\t", Literal(b"tab\t")),
        ("x" * 5000 + " ", Literal(b"x" * 5000 + b" ")),
    ],
)
def test_astrings(text: str, argument: Argument) -> None:
    assert encode.astring(text) == argument


def test_strings_are_never_atoms() -> None:
    assert encode.string("secret") == b'"secret"'
    assert encode.nstring(None) == b"NIL"
    assert encode.nstring("x") == b'"x"'


def test_utf8_is_quoted_where_agreed() -> None:
    assert encode.astring("pässword", utf8=True) == '"pässword"'.encode()
    assert encode.mailbox("Entwürfe", utf8=True) == '"Entwürfe"'.encode()
    assert encode.list_pattern("Entwürfe/*", utf8=True) == '"Entwürfe/*"'.encode()


@pytest.mark.parametrize("text", ["a\r\nA1 LOGOUT", "a\nb", "a\rb", "a\0b"])
@pytest.mark.parametrize(
    "function", [encode.astring, encode.string, encode.quoted, encode.mailbox, encode.list_pattern, encode.atom]
)
def test_line_breaks_are_refused_everywhere(function: Callable[[str], object], text: str) -> None:
    with pytest.raises(LocalProtocolError):
        function(text)


@pytest.mark.parametrize("text", ["a b", "", "a(b", 'a"b', "ä", "a]", "a\\b", "a*"])
def test_what_is_no_atom_is_refused(text: str) -> None:
    with pytest.raises(LocalProtocolError, match="atom"):
        encode.atom(text)


def test_atoms() -> None:
    assert encode.atom("X-GM-EXT-1") == b"X-GM-EXT-1"


def test_quoting_non_ascii_is_refused_without_utf8() -> None:
    with pytest.raises(LocalProtocolError, match="literal"):
        encode.quoted("ä")


@pytest.mark.parametrize("function", [encode.astring, encode.mailbox])
def test_half_a_surrogate_pair_is_refused(function: Callable[[str], object]) -> None:
    with pytest.raises(LocalProtocolError, match="surrogate"):
        function("\ud800")


@given(st.text())
def test_no_text_ever_breaks_its_line(text: str) -> None:
    try:
        argument = encode.astring(text)
    except LocalProtocolError:
        return
    if isinstance(argument, bytes):
        assert not set(b"\r\n\0") & set(argument)
        assert argument.isascii()


def test_literals() -> None:
    assert encode.literal(b"a\r\nb") == Literal(b"a\r\nb")
    assert encode.literal(b"a\0", binary=True) == Literal(b"a\0", binary=True)
    with pytest.raises(LocalProtocolError, match="NUL"):
        encode.literal(b"a\0")


def test_a_literal_does_not_show_its_content() -> None:
    assert repr(Literal(b"secret")) == "Literal(6 octets)"


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("inbox", b"INBOX"),
        ("Sent", b"Sent"),
        ("Sent Items", b'"Sent Items"'),
        ("A & B", b'"A &- B"'),
        ("Entwürfe", b"Entw&APw-rfe"),
        ('a"b', b'"a\\"b"'),
        ("nil", b'"nil"'),
    ],
)
def test_mailboxes(name: str, argument: bytes) -> None:
    assert encode.mailbox(name) == argument


def test_an_empty_mailbox_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="empty"):
        encode.mailbox("")


def test_listed_names_go_back_as_they_came() -> None:
    assert encode.raw_mailbox(b"R&D") == b"R&D"
    assert encode.raw_mailbox(b"a b") == b'"a b"'
    assert encode.raw_mailbox(b"\xffx") == Literal(b"\xffx")
    assert encode.raw_mailbox(b"tab\t") == Literal(b"tab\t")
    with pytest.raises(LocalProtocolError):
        encode.raw_mailbox(b"a\r\nb")


def test_list_patterns_are_quoted() -> None:
    assert encode.list_pattern("*") == b'"*"'
    assert encode.list_pattern("") == b'""'
    assert encode.list_pattern("Entwürfe/%") == b'"Entw&APw-rfe/%"'


def test_sets() -> None:
    assert encode.uid_set(UidSet.from_string("9,1:3")) == b"1:3,9"
    with pytest.raises(LocalProtocolError, match="empty"):
        encode.uid_set(UidSet())


def test_flags() -> None:
    assert encode.flag_list({"\\Seen", "$Junk", "a]"}) == b"($Junk \\Seen a])"
    assert encode.flag_list([]) == b"()"


@pytest.mark.parametrize("flag", ["two words", "", "\\", "a)b", "ä", "x\r\n", "\\\\x"])
def test_illegal_flags_are_refused(flag: str) -> None:
    with pytest.raises(LocalProtocolError, match="no legal IMAP flag"):
        encode.flag_list([flag])


def test_parentheses_and_numbers() -> None:
    assert encode.parenthesized([b"UID", b"FLAGS"]) == b"(UID FLAGS)"
    assert encode.number(0) == b"0"
    for value in (-1, 2**63):
        with pytest.raises(LocalProtocolError):
            encode.number(value)


def test_dates() -> None:
    assert encode.date(date(2026, 2, 1)) == b"1-Feb-2026"
    assert encode.date(datetime(2026, 12, 31, 23, tzinfo=UTC)) == b"31-Dec-2026"


def test_date_times() -> None:
    zone = timezone(-timedelta(hours=3, minutes=30))
    assert encode.date_time(datetime(2026, 2, 1, 8, 5, 9, tzinfo=zone)) == b'" 1-Feb-2026 08:05:09 -0330"'
    assert encode.date_time(datetime(202, 11, 22, tzinfo=UTC)) == b'"22-Nov-0202 00:00:00 +0000"'
    with pytest.raises(LocalProtocolError, match="zone"):
        encode.date_time(datetime(2026, 2, 1))
