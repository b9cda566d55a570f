"""Octets are cut into whole lines and a rest."""

from __future__ import annotations

import pytest

from postroom.mail.streaming.lines import LONGEST_LINE, whole_lines


@pytest.mark.parametrize(
    ("raw", "cut"),
    [
        (b"", (b"", b"")),
        (b"ab", (b"", b"ab")),
        (b"ab\r\ncd", (b"ab\r\n", b"cd")),
        (b"ab\rcd", (b"ab\r", b"cd")),
        (b"ab\n", (b"ab\n", b"")),
    ],
)
def test_the_unfinished_line_is_the_rest(raw: bytes, cut: tuple[bytes, bytes]) -> None:
    assert whole_lines(raw) == cut


def test_a_line_that_is_too_long_counts_as_ended() -> None:
    long = b"x" * (LONGEST_LINE + 1)
    assert whole_lines(long) == (long, b"")
