"""Octets of a client become heads and pieces of bodies, however they are cut."""

from __future__ import annotations

import pytest

from postroom.server.framing import RequestFraming
from postroom.server.refusals import Refused

HEAD = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
NEXT = b"GET /y HTTP/1.1\r\nHost: a\r\n\r\n"


def fed(framing: RequestFraming, data: bytes, size: int) -> tuple[list[bytes], bytes]:
    """The heads and the bodies, joined, of octets that come in pieces of a size."""
    heads, bodies = [], b""
    for start in range(0, len(data), size):
        framing.add(data[start : start + size])
        while True:
            if framing.has_body_left:
                piece = framing.body()
                bodies += piece
                if framing.has_body_left:
                    break
            head = framing.head()
            if head is None:
                break
            heads.append(head.octets)
    return heads, bodies


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_pieces_of_any_size_come_to_the_same(size: int) -> None:
    heads, bodies = fed(RequestFraming(1000), HEAD + b"hello" + NEXT + HEAD + b"world", size)
    assert [head.split(b" ")[1] for head in heads] == [b"/x", b"/y", b"/x"]
    assert bodies == b"helloworld"


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_a_chunked_body_is_written_anew_and_ends(size: int) -> None:
    framing = RequestFraming(1000)
    heads, bodies = fed(framing, CHUNKED + b"5;x=y\r\nhello\r\n0\r\nT: z\r\n\r\n" + NEXT, size)
    assert len(heads) == 2
    assert bodies.endswith(b"0\r\n\r\n")
    assert b"x=y" not in bodies
    assert b"T: z" not in bodies
    assert not framing.has_body_left


def test_empty_lines_before_a_request_are_passed_over() -> None:
    framing = RequestFraming(10)
    framing.add(b"\r\n\r\n" + NEXT)
    head = framing.head()
    assert head is not None
    assert (head.octets.startswith(b"GET /y"), len(framing)) == (True, 0)


def test_it_is_known_whether_a_head_has_begun() -> None:
    framing = RequestFraming(10)
    assert not framing.is_within_head
    framing.add(NEXT[:10])
    assert framing.head() is None
    assert framing.is_within_head
    framing.clear()
    assert (len(framing), framing.is_within_head) == (0, False)


def test_what_cannot_become_a_head_is_refused_before_it_is_whole() -> None:
    framing = RequestFraming(10)
    framing.add(b"\x16\x03\x01")
    with pytest.raises(Refused):
        framing.head()


def test_a_chunk_beyond_the_limit_is_refused() -> None:
    framing = RequestFraming(4)
    framing.add(CHUNKED + b"5\r\nhello\r\n")
    assert framing.head() is not None
    with pytest.raises(Refused) as caught:
        framing.body()
    assert caught.value.code == "PayloadTooLarge"
