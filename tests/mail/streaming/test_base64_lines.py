"""Base64 piece by piece: what counts as content when there is text around it."""

from __future__ import annotations

import base64

import pytest

from postroom.mail.mime.transfer import decode_transfer
from postroom.mail.streaming.base64_lines import Base64Decoder

CONTENT = bytes(range(256)) * 3
LINES = base64.encodebytes(CONTENT).replace(b"\n", b"\r\n")


def decoded(raw: bytes, size: int) -> bytes:
    decoder = Base64Decoder()
    pieces = [decoder.feed(raw[at : at + size]) for at in range(0, len(raw), size)]
    return b"".join([*pieces, decoder.finish()])


@pytest.mark.parametrize("size", [1, 50, 1_000, 100_000])
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"QUJD",
        b"QUJD\r\n",
        LINES,
        b"Scanned by our server for you.\r\n\r\n" + LINES,
        LINES + b"\r\n-- \r\nThis list is for friends only.\r\n",
        LINES[:800] + b"\r\nSee https://x.example/ for more of this.\r\n" + LINES[800 + 0 :],
        LINES.replace(b"+", b"-").replace(b"/", b"_"),
        b"This is text and not base64 at all.\r\n",
    ],
)
def test_the_result_is_that_of_the_whole(raw: bytes, size: int) -> None:
    assert decoded(raw, size) == decode_transfer(raw, "base64")


def test_many_short_lines_are_decoded() -> None:
    raw = b"QUJD\r\n" * 30_000
    assert decoded(raw, 10_000) == b"ABC" * 30_000
