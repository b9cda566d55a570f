"""Replies, however they are cut into pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.smtp.replies import LONGEST_LINE, MOST_LINES, MalformedReply, Reply, ReplyReader

TEXTS = st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=30)
CODES = st.integers(200, 599)
WRITTEN = st.lists(st.tuples(CODES, st.lists(TEXTS, min_size=1, max_size=4)), max_size=6)


def written(code: int, lines: list[str]) -> bytes:
    *before, last = lines
    return ("".join(f"{code}-{line}\r\n" for line in before) + f"{code} {last}\r\n").encode()


def read(*pieces: bytes) -> list[Reply]:
    reader = ReplyReader()
    replies = [reply for piece in pieces for reply in reader.feed(piece)]
    assert reader.is_between
    return replies


@given(WRITTEN, st.lists(st.integers(0, 400), max_size=8))
def test_how_the_octets_come_makes_no_difference(replies: list[tuple[int, list[str]]], cuts: list[int]) -> None:
    octets = b"".join(written(code, lines) for code, lines in replies)
    whole = read(octets)
    assert [reply.code for reply in whole] == [code for code, _ in replies]
    assert read(*(bytes([octet]) for octet in octets)) == whole
    edges = [0, *sorted(min(cut, len(octets)) for cut in cuts), len(octets)]
    assert read(*(octets[begin:end] for begin, end in pairwise(edges))) == whole


@given(CODES, st.lists(TEXTS, min_size=1, max_size=4))
def test_all_words_are_there_in_their_lines(code: int, lines: list[str]) -> None:
    [reply] = read(written(code, lines))
    assert reply.code == code
    if reply.enhanced is None:
        assert reply.text == "\n".join(stripped for line in lines if (stripped := line.strip()))


@pytest.mark.parametrize(
    ("octets", "reply"),
    [
        (b"250 OK\r\n", Reply(250, "OK")),
        (b"250\r\n", Reply(250)),
        (b"250-\r\n250 \r\n", Reply(250)),
        (b"250 OK\n", Reply(250, "OK")),
        (b"550 5.1.1 No such user\r\n", Reply(550, "No such user", "5.1.1")),
        (b"550-5.1.1 No such user.\r\n550 5.1.1 Look it up\r\n", Reply(550, "No such user.\nLook it up", "5.1.1")),
        (b"550 5.1.1\r\n", Reply(550, "", "5.1.1")),
        (b"550 4.1.1 Another class\r\n", Reply(550, "4.1.1 Another class")),
        (b"250 2.10.100x\r\n", Reply(250, "2.10.100x")),
        ("250 schön\r\n".encode(), Reply(250, "schön")),
        (b"250 \xff\r\n", Reply(250, "\N{REPLACEMENT CHARACTER}")),
    ],
)
def test_replies(octets: bytes, reply: Reply) -> None:
    assert read(octets) == [reply]
    assert reply.is_positive == (reply.code < 300)


@pytest.mark.parametrize(
    "octets",
    [
        b"\r\n",
        b"hello\r\n",
        b"25 OK\r\n",
        b"2500 OK\r\n",
        b"150 OK\r\n",
        b"650 OK\r\n",
        b"250_OK\r\n",
        b"250-a\r\n251 b\r\n",
        b"250-a\r\n" * (MOST_LINES + 1),
        b"250 " + b"x" * LONGEST_LINE,
        b"250 " + b"x" * LONGEST_LINE + b"\r\n",
    ],
    ids=lambda octets: repr(octets[:12]),
)
def test_what_is_no_reply(octets: bytes) -> None:
    with pytest.raises(MalformedReply):
        read(octets)


def test_a_reply_that_has_begun() -> None:
    reader = ReplyReader()
    assert list(reader.feed(b"250-a\r\n")) == []
    assert not reader.is_between
    assert list(reader.feed(b"250 b\r\n25")) == [Reply(250, "a\nb")]
    assert not reader.is_between
