"""Checks, piece by piece, that a message has no other line ends than CRLF (RFC 5321 section 2.3.8). Pure.

A lone CR or LF before a dot is the end of the data to some servers and text to others, so that what follows would
be commands to the former. Such a message must not be sent.
"""

from __future__ import annotations

from typing import Final

from postroom.smtp.envelope import Unsendable

__all__ = ["LineEnds"]

_WORDS: Final = "The message has a CR or LF that is not part of a CRLF, which no server may be sent"


class LineEnds:
    """Looks at the pieces of one message, in their order."""

    def __init__(self) -> None:
        self._after_cr = False

    def check(self, piece: bytes) -> None:
        """Raise Unsendable if this piece, after those before it, has a lone CR or LF."""
        text = b"\r" + piece if self._after_cr else piece
        pairs = text.count(b"\r\n")
        self._after_cr = text.endswith(b"\r")
        if text.count(b"\n") != pairs or text.count(b"\r") != pairs + self._after_cr:
            raise Unsendable(_WORDS, "EMESSAGE")

    def end(self) -> None:
        """Raise Unsendable if the message ends with a lone CR."""
        if self._after_cr:
            raise Unsendable(_WORDS, "EMESSAGE")
