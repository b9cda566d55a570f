"""Where each octet of base64 with lines of one length is: the size of the decoded content, and places in it. Pure.

A program that writes mail breaks base64 into lines of one length, so a few octets from the beginning and from the end
tell the whole. Whoever reads on can check that the lines in between are as expected.
"""

from __future__ import annotations

import binascii
from typing import Final, Self

from postroom.footprint.dataclass import dataclass

__all__ = ["IrregularLines", "RegularBase64", "RegularLines"]

_LONGEST: Final = 1_000
_BLANKS: Final = b"\r\n\t "
_LINE_END: Final = b"\r\n"


class IrregularLines(ValueError):
    """The lines are not as the beginning and the end of the content promised."""


@dataclass(frozen=True, slots=True)
class RegularLines:
    """Base64 in lines of `width` digits and CRLF. Its digits and padding take `text` octets; `padding` is 0 to 2."""

    width: int
    text: int
    padding: int

    @classmethod
    def of(cls, beginning: bytes, end: bytes, size: int) -> Self | None:
        """Return the lines of a content of `size` octets; None when its beginning or end has other lines."""
        width = beginning.find(b"\r\n")
        content = end.rstrip(_BLANKS)
        text = size - len(end) + len(content)
        padding = len(content) - len(content.rstrip(b"="))
        if not content or width < 4 or width % 4 or width > _LONGEST or padding > 2:
            return None
        lines = cls(width, text, padding)
        last = text % lines.step
        if not 0 < last <= width or last % 4:
            return None
        try:
            lines.digits(beginning, 0)
            lines.digits(end, size - len(end))
        except IrregularLines:
            return None
        return lines

    @property
    def step(self) -> int:
        """Octets of a line with its end."""
        return self.width + 2

    @property
    def decoded_step(self) -> int:
        """Octets that a line encodes."""
        return self.width // 4 * 3

    @property
    def decoded_size(self) -> int:
        """Octets of the decoded content."""
        lines, last = divmod(self.text, self.step)
        return lines * self.decoded_step + last // 4 * 3 - self.padding

    def line_at(self, decoded: int) -> tuple[int, int]:
        """Return where the line with a decoded octet begins: as transferred, and decoded."""
        line = decoded // self.decoded_step
        return line * self.step, line * self.decoded_step

    def digits(self, piece: bytes, at: int) -> bytes:
        """Return the digits in the octets at this place. Raises IrregularLines.

        A digit may still be another character: whoever decodes it strictly finds that out.
        """
        size = max(0, self.text - self.padding - at)
        body, rest = piece[:size], piece[size:]
        padding = b"=" * min(self.padding, max(0, self.text - at))
        if rest and rest.rstrip(_BLANKS) != padding[: len(rest)]:
            raise IrregularLines
        phase = at % self.step
        returns = body[(self.width - phase) % self.step :: self.step]
        feeds = body[(self.width + 1 - phase) % self.step :: self.step]
        digits = body.translate(None, _LINE_END)
        if (
            returns.count(b"\r") != len(returns)
            or feeds.count(b"\n") != len(feeds)
            or len(body) - len(digits) != len(returns) + len(feeds)
        ):
            raise IrregularLines
        return digits


class RegularBase64:
    """Decodes such lines from a line's beginning, piece by piece, and checks that they are as expected."""

    def __init__(self, lines: RegularLines, at: int) -> None:
        self._lines = lines
        self._at = at
        self._rest = b""

    def feed(self, raw: bytes) -> bytes:
        """Take the next octets as transferred; return the decoded octets. Raises IrregularLines."""
        digits = self._lines.digits(raw, self._at)
        self._at += len(raw)
        if self._rest:
            digits = self._rest + digits
        whole = len(digits) - len(digits) % 4
        self._rest = digits[whole:]
        return _decoded(digits[:whole] if self._rest else digits)

    def finish(self) -> bytes:
        """The content has ended; return the rest. Raises IrregularLines."""
        rest, self._rest = self._rest, b""
        return _decoded(rest + b"=" * (-len(rest) % 4))


def _decoded(digits: bytes) -> bytes:
    try:
        return binascii.a2b_base64(digits, strict_mode=True)
    except binascii.Error:
        raise IrregularLines from None
