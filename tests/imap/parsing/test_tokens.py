"""Values: strings, lists, literals, and quotes that servers forgot to escape."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.imap.encode import Literal, literal, quoted
from postroom.imap.errors import RemoteProtocolError
from postroom.imap.limits import LimitExceeded, Limits
from postroom.imap.parsing.tokens import Value, read_values
from postroom.imap.parsing.wire import RawResponse
from tests.imap.reading import framed


def values(text: bytes, *literals: bytes, lenient: bool = False, limits: Limits | None = None) -> list[Value]:
    return read_values(RawResponse(text, literals), 0, limits or Limits(), lenient=lenient)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b'a 12 "b c" NIL nil ()', [b"a", b"12", b"b c", None, None, []]),
        (b"(a (b (c)) ())", [[b"a", [b"b", [b"c"]], []]]),
        (b'"NIL" NILS', [b"NIL", b"NILS"]),
        (b'"" ("")', [b"", [b""]]),
        (b'"a \\"b\\" \\\\ c"', [b'a "b" \\ c']),
        (b'"a\\b"', [b"a\\b"]),
        (b'"(" ")" "{3}"', [b"(", b")", b"{3}"]),
        (b'(("a")("b"))', [[[b"a"], [b"b"]]]),
        (b"BODY[HEADER.FIELDS (DATE FROM)]<0> x", [b"BODY[HEADER.FIELDS (DATE FROM)]<0>", b"x"]),
        (b'BODY[HEADER.FIELDS ("DATE")] x', [b'BODY[HEADER.FIELDS ("DATE")]', b"x"]),
        (b"([x] a[b]c d[)", [[b"[x]", b"a[b]c", b"d["]]),
        (b"a  b   (c  )", [b"a", b"b", [b"c"]]),
    ],
)
def test_values(text: bytes, expected: list[Value]) -> None:
    assert values(text) == expected


def test_literals_take_their_places() -> None:
    text = b"(BODY[] {3}\r\n X[1] ~{1}\r\n) BODY[]{2}\r\n"
    assert values(text, b"a)b", b"\0", b'"(') == [[b"BODY[]", b"a)b", b"X[1]", b"\0"], b"BODY[]", b'"(']


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'("a "b" c" NIL)', [[b'a "b" c', None]]),
        (b'("5" wide" "x")', [[b'5" wide', b"x"]]),
        (b'("say "hi" (twice)" ("n" NIL))', [[b'say "hi" (twice)', [b"n", None]]]),
        (b'("C:\\" NIL)', [[b"C:\\", None]]),
        (b'(X "a"b" UID 5)', [[b"X", b'a"b', b"UID", b"5"]]),
        (b'("a "b" \\"c\\" d" 5 "e")', [[b'a "b" "c" d', b"5", b"e"]]),
    ],
)
def test_forgotten_escapes_are_guessed(text: bytes, expected: list[Value]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "offset", "problem"),
    [
        (b'(a "b', 3, "a quoted string has no end"),
        (b"(a (b)", 6, "a parenthesis is never closed"),
        (b"(a))", 3, "a parenthesis closes that was never opened"),
    ],
)
def test_what_stays_open_is_an_error(text: bytes, offset: int, problem: str) -> None:
    with pytest.raises(RemoteProtocolError, match=problem) as caught:
        values(text)
    assert caught.value.offset == offset


def test_the_offset_counts_literals() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        values(b"({3}\r\n x))", b"abc")
    assert caught.value.offset == len(b"({3}\r\nabc x)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"(a (b)", [[b"a", [b"b"]]]),
        (b"(a))", [[b"a"]]),
        (b'(a "b c)', [[b"a", b"b c)"]]),
    ],
)
def test_lenient_reading_keeps_what_there_is(text: bytes, expected: list[Value]) -> None:
    assert values(text, lenient=True) == expected


@pytest.mark.parametrize("lenient", [False, True])
def test_ten_thousand_parentheses_are_refused(lenient: bool) -> None:
    with pytest.raises(LimitExceeded, match="nests more than 2000"):
        values(b"(" * 10_000 + b")" * 10_000, lenient=lenient)


def test_depth_is_allowed_up_to_the_limit() -> None:
    assert values(b"(((a)))", limits=Limits(max_depth=3)) == [[[[b"a"]]]]
    with pytest.raises(LimitExceeded):
        values(b"(((a)))", limits=Limits(max_depth=2))


def test_too_many_values_are_refused() -> None:
    limits = Limits(max_items=100)
    assert len(values(b"a " * 100, limits=limits)) == 100
    with pytest.raises(LimitExceeded, match="more than 100 values"):
        values(b"a " * 101, limits=limits)


@given(st.text(st.characters(codec="ascii", exclude_characters="\r\n\0")))
def test_what_we_quote_we_read(text: str) -> None:
    assert values(b"(" + quoted(text) + b" NIL)") == [[text.encode(), None]]


@given(st.lists(st.binary(max_size=40).filter(lambda data: b"\0" not in data), min_size=1, max_size=4))
def test_what_we_send_as_literals_we_read(contents: list[bytes]) -> None:
    sent = [literal(data) for data in contents]
    assert all(isinstance(item, Literal) for item in sent)
    line = b"".join(b" {%d}\r\n%b" % (len(item.data), item.data) for item in sent)
    raw = framed(b"* X" + line + b"\r\n")
    assert read_values(raw, 3) == contents


@pytest.mark.parametrize(
    "unit", [b'"', b'"a', b'"a"b', b"\\", b'"\\', b"(", b"a[(", b"a[", b"{1", b'" ', b"~{", b'" 1', b'"a" N', b'\\"']
)
def test_hostile_text_costs_linear_time(unit: bytes) -> None:
    def cost(count: int) -> float:
        begun = time.process_time()
        with suppress(LimitExceeded):
            values(unit * count, lenient=True)
        return time.process_time() - begun

    small = max(min(cost(4_000) for _ in range(3)), 0.0005)
    assert min(cost(64_000) for _ in range(2)) < 16 * small * 4, "sixteen times the octets cost far more"
