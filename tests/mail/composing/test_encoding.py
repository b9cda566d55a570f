"""Contents that are encoded in pieces: the lines are short, and what they encode is the content."""

from __future__ import annotations

import random
from base64 import decodebytes
from quopri import decodestring

import pytest

from postroom.mail.composing.encoding import Base64Lines, PlainLines, QuotedLines, is_safe_as_it_is, is_shorter_quoted

LONG = 57 * 4096 + 11
"""More than one piece."""


@pytest.mark.parametrize("size", [0, 1, 56, 57, 58, LONG])
def test_octets_come_through_in_base64(size: int) -> None:
    content = random.Random(size).randbytes(size)
    encoded = b"".join(Base64Lines(content))
    assert decodebytes(encoded) == content
    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert encoded.count(b"\r\n") == (size + 56) // 57


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("letters", ["aü\n ", "abcdefgh \n" * 3 + ".\nFrom ", "ü", "x=", "日. "])
def test_a_text_comes_through_quoted(letters: str, seed: int) -> None:
    text = "".join(random.Random(seed).choices(letters, k=LONG)).encode()
    pieces = list(QuotedLines(text))
    encoded = b"".join(pieces)
    lines = encoded.split(b"\r\n")
    assert len(pieces) > 1
    assert max(map(len, lines)) <= 76
    assert decodestring(encoded).replace(b"\r\n", b"\n") == text
    assert not any(line == b"." or line.startswith(b"From ") or line.endswith((b" ", b"\t")) for line in lines)


def test_a_plain_text_gets_line_ends() -> None:
    text = b"some words\n" * 100_000
    assert b"".join(PlainLines(text)) == text.replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    ("text", "is_safe"),
    [
        (b"", True),
        (b"hello\n\nworld", True),
        (b"x" * 76, True),
        (b"x" * 77, False),
        (b"trailing \n", False),
        (b"trailing\t", False),
        (b"From me", False),
        (b"a\nFrom me", False),
        (b"a From me", True),
        (b".\n", False),
        (b"a.\n", True),
        (b"\0", False),
        ("ü".encode(), False),
    ],
)
def test_some_texts_need_no_encoding(text: bytes, is_safe: bool) -> None:
    assert is_safe_as_it_is(text) is is_safe


def test_the_shorter_encoding_is_chosen() -> None:
    assert is_shorter_quoted("mostly ASCII, ü".encode() * 20)
    assert not is_shorter_quoted("日本語".encode() * 20)
