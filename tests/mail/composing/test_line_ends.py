"""Line ends and the length of lines."""

from __future__ import annotations

import pytest

from postroom.mail.composing.line_ends import has_long_line, with_crlf


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", b""),
        (b"a\nb\n", b"a\r\nb\r\n"),
        (b"a\rb\r", b"a\r\nb\r\n"),
        (b"a\n\rb\r\n\r\r\n", b"a\r\n\r\nb\r\n\r\n\r\n"),
        (b"a\r\n\n", b"a\r\n\r\n"),
    ],
)
def test_every_line_end_becomes_crlf(raw: bytes, expected: bytes) -> None:
    assert with_crlf(raw) == expected


def test_what_is_right_is_not_copied() -> None:
    raw = b"a\r\nb\r\n" * 1000
    assert with_crlf(raw) is raw


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("around", [b"", b"short", b"x" * 998])
def test_long_lines_are_found(around: bytes, end: bytes) -> None:
    for length in range(990, 998):
        assert not has_long_line(end.join((around, b"x" * length, around, b"")))
    assert not has_long_line(end.join((around, b"x" * 998)))
    assert not has_long_line(end.join((around, b"x" * 998, b"")))
    for length in (999, 1000, 1001, 1002, 1999, 5000):
        assert has_long_line(end.join((around, b"x" * length)))
        assert has_long_line(end.join((around, b"x" * length, around, b"")))
