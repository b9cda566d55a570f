"""Bodies in chunks, in pieces of any size."""

from __future__ import annotations

import random

import pytest

from postroom.server.chunks import Chunks
from postroom.server.refusals import Refused

LARGEST = 10_000


def taken(sent: bytes, size: int) -> tuple[bytes, bytes, Chunks]:
    """What comes out of chunks that arrive in pieces: the body, what follows, and the chunks."""
    chunks, body, rest = Chunks(LARGEST), b"", b""
    for at in range(0, len(sent), size):
        if chunks.ended:
            return body, rest + sent[at:], chunks
        piece, rest = chunks.take(sent[at : at + size])
        body += piece
    return body, rest, chunks


SENT = [
    (b"0\r\n\r\n", b""),
    (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
    (b'5 ;a=b;c="d"\r\nhello\r\n00A;x\r\n0123456789\r\n0;y\r\n\r\n', b"hello0123456789"),
    (b"1\r\n\r\r\n2\r\n\r\n\r\n0\r\n\r\n", b"\r\r\n"),
    (b"3\r\nabc\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n", b"abc"),
    (b"1\r\na\r\n" * 500 + b"0\r\n\r\n", b"a" * 500),
]


@pytest.mark.parametrize(("sent", "body"), SENT)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100_000])
def test_the_body_is_what_is_in_the_chunks(sent: bytes, body: bytes, size: int) -> None:
    found, rest, chunks = taken(sent + b"GET / HTTP", size)
    assert (found, rest, chunks.ended) == (body, b"GET / HTTP", True)


BAD = [
    (400, b"x\r\n", "size"),
    (400, b"\r\n5\r\n", "size"),
    (400, b"5\nhello", "size"),
    (400, b"5\r\nhello5\r\n", "size"),
    (400, b"5\r\nhelloX\r\n", "size"),
    (400, b"-5\r\n", "size"),
    (400, b"0x5\r\n", "size"),
    (400, b"5;a\x00\r\n", "size"),
    (400, b"f" * 17 + b"\r\n", "size"),
    (400, b"0" * 5000, "size"),
    (400, b"5;" + b"a" * 5000, "size"),
    (400, (b"1;" + b"a" * 1000 + b"\r\nx\r\n") * 20, "besides the body"),
    (413, b"ffffffffffffffff\r\n", "10000"),
    (413, b"%x\r\n" % (LARGEST + 1), "10000"),
    (431, b"0\r\nA: " + b"a" * 9000, "trailers"),
    (431, b"0\r\n" + b"A: b\r\n" * 9000 + b"\r\n", "trailers"),
    (400, b"0\r\nno field\r\n\r\n", "trailers"),
]


@pytest.mark.parametrize(("status", "sent", "words"), BAD)
@pytest.mark.parametrize("size", [1, 16_384])
def test_what_is_refused(status: int, sent: bytes, words: str, size: int) -> None:
    with pytest.raises(Refused, match=words) as refused:
        taken(sent + b"0\r\n\r\n", size)
    assert refused.value.status == status


def test_no_piece_of_the_wire_makes_a_difference() -> None:
    chance = random.Random(7)
    for _ in range(200):
        parts = [chance.randbytes(chance.randrange(1, 40)) for _ in range(chance.randrange(10))]
        sent = b"".join(b"%x;e=%d\r\n%s\r\n" % (len(part), at, part) for at, part in enumerate(parts)) + b"0\r\n\r\n"
        body, rest, chunks = taken(sent, chance.randrange(1, 60))
        assert (body, rest, chunks.ended) == (b"".join(parts), b"", True)
