"""The size of base64 with lines of one length, and places in it, are found from its beginning and end."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.streaming.regular_lines import IrregularLines, RegularBase64, RegularLines

CONTENT = bytes(range(256)) * 20


def encoded(content: bytes, width: int = 76, end: bytes = b"") -> bytes:
    digits = base64.b64encode(content)
    return b"\r\n".join(digits[at : at + width] for at in range(0, len(digits), width)) + end


@given(
    st.binary(min_size=2000, max_size=4000),
    st.sampled_from([4, 60, 72, 76]),
    st.sampled_from([b"", b"\r\n", b"\r\n\r\n"]),
    st.integers(0, 10_000),
)
def test_size_and_places_are_right(content: bytes, width: int, end: bytes, place: int) -> None:
    raw = encoded(content, width, end)
    lines = RegularLines.of(raw[:500], raw[-300:], len(raw))
    assert lines is not None
    assert lines.decoded_size == len(content)
    at, decoded = lines.line_at(place % len(content))
    assert base64.b64decode(raw[at:]) == content[decoded:]
    assert decoded <= place % len(content) < decoded + lines.decoded_step


def decoded(raw: bytes, lines: RegularLines, sizes: list[int]) -> bytes:
    decoder, at, found = RegularBase64(lines, 0), 0, []
    for size in [*sizes, len(raw)]:
        found.append(decoder.feed(raw[at : at + size]))
        at += size
    return b"".join([*found, decoder.finish()])


@given(st.binary(min_size=700, max_size=1500), st.lists(st.integers(1, 300), max_size=30))
def test_pieces_are_decoded(content: bytes, sizes: list[int]) -> None:
    raw = encoded(content, end=b"\r\n")
    lines = RegularLines.of(raw[:200], raw[-200:], len(raw))
    assert lines is not None
    assert decoded(raw, lines, sizes) == content


@given(st.integers(0, 6000), st.integers(0, 800))
def test_every_piece_fits(at: int, size: int) -> None:
    raw = encoded(CONTENT, end=b"\r\n")
    lines = RegularLines.of(raw[:200], raw[-200:], len(raw))
    assert lines is not None
    assert lines.digits(raw[at : at + size], at) == raw[at : at + size].translate(None, b"\r\n=")


@given(st.integers(0, 6000), st.sampled_from([b"", b"\n", b" ", b"AB", b"=", b"\r\n"]))
def test_a_changed_octet_does_not_fit(place: int, other: bytes) -> None:
    raw = encoded(CONTENT)
    lines = RegularLines.of(raw[:200], raw[-200:], len(raw))
    changed = raw[:place] + other + raw[place + 1 :]
    assert lines is not None
    if changed != raw:
        with pytest.raises(IrregularLines):
            decoded(changed, lines, [len(raw)])


@given(st.integers(1, 70))
def test_other_lines_are_not_taken_for_regular(cut: int) -> None:
    raw = encoded(CONTENT)
    for other in (raw.replace(b"\r\n", b"\n"), raw.replace(b"\r\n", b""), raw[:cut] + b"\r\n" + raw[cut:]):
        assert RegularLines.of(other[:200], other[-200:], len(other)) is None
    moved = raw[:1000] + b"A" * cut + raw[1000:]
    if cut != 78:
        assert RegularLines.of(moved[:200], moved[-200:], len(moved)) is None
    assert RegularLines.of(raw[:200], b"\r\n" * 50, len(raw)) is None
    assert RegularLines.of(raw[:200], raw[-200:] + b"==", len(raw) + 2) is None
