"""Cuts what a client sends into whole heads and pieces of bodies, and keeps no more than arrived at once. Pure."""

from __future__ import annotations

from typing import Final

from postroom.server.chunks import Chunks
from postroom.server.heads import Head, check_start, read_head

__all__ = ["RequestFraming"]

_HEAD_END: Final = b"\r\n\r\n"
_EMPTY_LINE: Final = b"\r\n"


class RequestFraming:
    """The octets of one connection that were read and not passed on. `largest_body` limits a single chunk."""

    def __init__(self, largest_body: int) -> None:
        self._largest_body = largest_body
        self._waiting = b""
        # The octets of an incomplete head that were already checked.
        self._seen = 0
        self._left = 0
        self._chunks: Chunks | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def has_body_left(self) -> bool:
        """Whether the body of the newest head is incomplete."""
        return self._chunks is not None or self._left > 0

    @property
    def is_within_head(self) -> bool:
        """Whether an incomplete head is waiting."""
        return self._seen > 0

    def add(self, data: bytes) -> None:
        """Add received octets."""
        self._waiting = self._waiting + data if self._waiting else data

    def clear(self) -> None:
        """Drop all octets."""
        self._waiting, self._seen = b"", 0

    def head(self) -> Head | None:
        """Return the next head if it is complete. Raises Refused."""
        while self._waiting[:2] == _EMPTY_LINE:
            # RFC 9112 section 2.2: ignore empty lines before a request.
            self._waiting, self._seen = self._waiting[2:], 0
        end = self._waiting.find(_HEAD_END, max(0, self._seen - 3))
        if end < 0:
            if self._waiting:
                check_start(self._waiting, self._seen)
            self._seen = len(self._waiting)
            return None
        end += len(_HEAD_END)
        head = read_head(self._waiting[:end])
        self._waiting, self._seen = self._waiting[end:], 0
        self._left = head.length or 0
        self._chunks = Chunks(self._largest_body) if head.length is None else None
        return head

    def body(self) -> bytes:
        """Return the next piece of the body in the form for the parser. Raises Refused."""
        if self._chunks is None:
            piece, self._waiting = self._waiting[: self._left], self._waiting[self._left :]
            self._left -= len(piece)
            return piece
        body, self._waiting = self._chunks.take(self._waiting)
        piece = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
        if self._chunks.ended:
            self._chunks = None
            return piece + b"0\r\n\r\n"
        return piece
