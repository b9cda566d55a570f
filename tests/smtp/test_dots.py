"""Dots at the beginning of lines, wherever the pieces end."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from postroom.smtp.dots import END_OF_DATA, Dots

# What matters, more often than chance would have it.
CONTENT = st.lists(st.sampled_from([b"\r\n", b".", b"..", b"\r\n.", b"a", b"\r\n.\r\n", b"bc."]), max_size=20).map(
    b"".join
)


def written(*pieces: bytes) -> bytes:
    dots = Dots()
    return b"".join([*map(dots.stuffed, pieces), dots.end()])


def received(octets: bytes) -> bytes:
    """The content as a server takes it (RFC 5321 section 4.5.2); the octets must end where the data end."""
    lines = octets.split(b"\r\n")
    assert lines[-2:] == [b".", b""]
    assert b"." not in lines[:-2]
    return b"".join(line.removeprefix(b".") + b"\r\n" for line in lines[:-2])


@given(CONTENT, st.lists(st.integers(0, 80), max_size=6))
def test_a_server_gets_the_content_back(content: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    pieces = [content[begin:end] for begin, end in pairwise(edges)]
    whole = written(content)
    assert written(*pieces) == whole
    assert written(*(bytes([octet]) for octet in content)) == whole
    assert received(whole) == (content if content.endswith(b"\r\n") or not content else content + b"\r\n")


def test_the_end() -> None:
    assert written(b"a\r\n") == b"a\r\n" + END_OF_DATA
    assert written(b"a") == b"a\r\n" + END_OF_DATA
    assert written(b"a\r", b"\n") == b"a\r\n" + END_OF_DATA
    assert written() == END_OF_DATA


def test_only_dots_at_the_beginning_of_a_line_are_doubled() -> None:
    assert written(b".a.\r\n..\r\nb.") == b"..a.\r\n...\r\nb.\r\n.\r\n"
    assert not re.search(rb"\r\n\.\r\n.", written(b"\r\n.\r\n.\r\n"))
