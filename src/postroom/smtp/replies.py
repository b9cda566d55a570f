"""Replies of an SMTP server (RFC 5321 section 4.2), read from octets as they arrive. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from postroom.footprint.dataclass import dataclass

__all__ = ["MalformedReply", "Reply", "ReplyReader"]

LONGEST_LINE: Final = 8192
"""Octets of a line. The RFC allows 512, and servers write more."""

MOST_LINES: Final = 500

_LINE: Final = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?\Z", re.DOTALL)
_ENHANCED: Final = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})(?=\s|\Z)")


class MalformedReply(ValueError):
    """The octets are no reply of an SMTP server; the message says what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: its code, its text with a line feed between lines, and the enhanced code (RFC 3463) of its text.

    `enhanced` is for example `5.1.1`. It counts only if its class is that of the code.
    """

    code: int
    text: str = ""
    enhanced: str | None = None

    @property
    def is_positive(self) -> bool:
        """Whether the command succeeded (2yz)."""
        return self.code // 100 == 2


class ReplyReader:
    """Puts replies together. Several replies may come at once (PIPELINING), and one in several pieces."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lines: list[bytes] = []
        self._code = 0

    def feed(self, octets: bytes) -> Iterator[Reply]:
        """Take octets in and yield the replies that are complete. Raises MalformedReply."""
        self._buffer += octets
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end]).rstrip(b"\r")
            del self._buffer[: end + 1]
            reply = self._line(line)
            if reply is not None:
                yield reply
        if len(self._buffer) > LONGEST_LINE:
            raise MalformedReply(f"a line of the reply is longer than {LONGEST_LINE} octets")

    @property
    def is_between(self) -> bool:
        """Whether no reply has begun."""
        return not self._buffer and not self._lines

    def _line(self, line: bytes) -> Reply | None:
        found = _LINE.match(line) if len(line) <= LONGEST_LINE else None
        if found is None:
            raise MalformedReply(f"not a reply: {line[:80].decode('utf-8', 'replace')}")
        code, separator, text = int(found[1]), found[2], found[3] or b""
        if self._lines and code != self._code:
            raise MalformedReply(f"a reply of several lines begins with {self._code} and goes on with {code}")
        self._code = code
        self._lines.append(text)
        if len(self._lines) > MOST_LINES:
            raise MalformedReply(f"a reply has more than {MOST_LINES} lines")
        if separator == b"-":
            return None
        lines, self._lines = self._lines, []
        return _reply(code, lines)


def _reply(code: int, lines: list[bytes]) -> Reply:
    texts = [line.decode("utf-8", "replace").strip() for line in lines]
    enhanced: str | None = None
    for at, text in enumerate(texts):
        found = _ENHANCED.match(text)
        if found is not None and int(found[1]) == code // 100:
            enhanced = found[0]
            texts[at] = text[found.end() :].strip()
    return Reply(code, "\n".join(text for text in texts if text), enhanced)
