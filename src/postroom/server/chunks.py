"""The body of a chunked request (RFC 9112 section 7.1): decodes and checks the chunks. Pure."""

from __future__ import annotations

import re
from typing import Final

from postroom.server.heads import are_fields
from postroom.server.refusals import large_body, large_head, malformed

__all__ = ["Chunks"]

_EXTENSION: Final = rb"(?:[ \t]{0,8};[\t\x20-\x7e\x80-\xff]{0,1000}+)?"
_FIRST: Final = re.compile(rb"([0-9A-Fa-f]{1,16}+)" + _EXTENSION + rb"\r\n")
_NEXT: Final = re.compile(rb"\r\n" + _FIRST.pattern)
_LONGEST_LINE: Final = 1024
_MOST_TRAILERS: Final = 8 * 1024
_MOST_EXCESS: Final = 16 * 1024
_SPARE: Final = 16
"""Octets of overhead that each chunk may have for its size line."""


class Chunks:
    """Decodes chunks. Extensions and trailers are dropped."""

    def __init__(self, largest: int) -> None:
        self.ended = False
        self._largest = largest
        self._left = 0
        self._pattern = _FIRST
        self._partial = b""
        self._in_trailers = False
        self._excess = 0

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the octets of the body in `data`, and what follows the end of the body. Raises Refused."""
        if self._partial:
            data, self._partial = self._partial + data, b""
        body, at = [], 0
        while at < len(data) and not self._in_trailers:
            if self._left:
                piece = data[at : at + self._left]
                body.append(piece)
                at += len(piece)
                self._left -= len(piece)
                continue
            line = self._pattern.match(data, at)
            if line is None:
                self._keep(data[at:])
                return b"".join(body), b""
            at = line.end()
            self._begin(int(line[1], 16), len(line[0]))
        return b"".join(body), self._end(data[at:]) if self._in_trailers else b""

    def _begin(self, size: int, overhead: int) -> None:
        """Start a chunk of this size; size 0 is the end of the body."""
        if size > self._largest:
            raise large_body(self._largest)
        self._excess = max(0, self._excess + overhead - _SPARE - 2 * size)
        if self._excess > _MOST_EXCESS:
            raise malformed("The chunks of the body hold too much besides the body")
        self._left, self._pattern = size, _NEXT
        self._in_trailers = size == 0

    def _keep(self, partial: bytes) -> None:
        """Keep an incomplete size line, if it can still become a valid one."""
        if len(partial) > _LONGEST_LINE or b"\n" in partial[2:]:
            raise malformed("A chunk of the body does not begin with its size")
        self._partial = partial

    def _end(self, data: bytes) -> bytes:
        """Skip the trailers; return what follows them."""
        if data[:2] == b"\r\n":
            self.ended = True
            return data[2:]
        end = data.find(b"\r\n\r\n")
        if (end if end >= 0 else len(data)) > _MOST_TRAILERS:
            raise large_head(f"The trailers are larger than the {_MOST_TRAILERS} bytes that are accepted")
        if end < 0:
            self._partial = data
            return b""
        if not are_fields(data[: end + 2]):
            raise malformed("The trailers of the body are no header fields")
        self.ended = True
        return data[end + 4 :]
