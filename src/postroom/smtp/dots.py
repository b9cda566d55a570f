"""Transparency of DATA (RFC 5321 section 4.5.2), piece by piece. Pure."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["END_OF_DATA", "Dots"]

END_OF_DATA: Final = b".\r\n"
_AT_LINE_START: Final = re.compile(rb"\r\n\.")


class Dots:
    """Doubles dots at the beginning of lines, across pieces. The octets have CRLF line ends."""

    def __init__(self) -> None:
        self._tail = b"\r\n"

    def stuffed(self, piece: bytes) -> bytes:
        """Return a piece as DATA carries it."""
        if not piece:
            return piece
        # The two octets before the piece tell whether it begins a line, or goes on with the end of one.
        joined = _AT_LINE_START.sub(b"\r\n..", self._tail + piece)
        begun = len(self._tail)
        self._tail = (self._tail + piece)[-2:]
        return joined[begun:]

    def end(self) -> bytes:
        """Return the end of the data: the line end if it is missing, and the dot."""
        return END_OF_DATA if self._tail == b"\r\n" else b"\r\n" + END_OF_DATA
