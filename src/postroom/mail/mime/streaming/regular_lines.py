"""Where each octet of base64 with lines of one length is: the size of the decoded content, and places in it. Pure.

A program that writes mail breaks base64 into lines of one length, so a few octets from the beginning and from the end
tell the whole. Whoever reads on can check that the lines in between are as expected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from postroom.mail.mime.transfer import BASE64

__all__ = ["RegularLines"]

_LONGEST: Final = 1_000
_BLANKS: Final = b"\r\n\t "


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
        return lines if lines.fit(beginning, 0) and lines.fit(end, size - len(end)) else None

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

    def fit(self, piece: bytes, at: int) -> bool:
        """Whether the octets at this place have their digits and line ends where these lines have them."""
        digits = max(0, self.text - self.padding - at)
        body, rest = piece[:digits], piece[digits:]
        padding = b"=" * min(self.padding, max(0, self.text - at))
        if rest and rest.rstrip(_BLANKS) != padding[: len(rest)]:
            return False
        phase = at % self.step
        returns = body[(self.width - phase) % self.step :: self.step]
        feeds = body[(self.width + 1 - phase) % self.step :: self.step]
        others = len(body.translate(None, BASE64))
        ends = len(returns) + len(feeds)
        return others == ends and returns == b"\r" * len(returns) and feeds == b"\n" * len(feeds)
