"""Makes the lines of an SMTP session fit to be shown: the steps of AUTH and the message are left out. Pure."""

from __future__ import annotations

import re
from typing import Final

from postroom.words.masking import MASK

__all__ = ["SmtpMask"]

_COMMAND: Final = re.compile(
    rb"(?:EHLO|HELO|MAIL FROM:|RCPT TO:|DATA|RSET|NOOP|QUIT|STARTTLS|VRFY|HELP)(?=[ <]|\Z)[^\r\n]*", re.IGNORECASE
)
_AUTH: Final = re.compile(rb"AUTH +([A-Z0-9_-]{1,20})", re.IGNORECASE)
_CHUNK: Final = re.compile(rb"BDAT \d+(?: LAST)?(?=\r)")
_GO_ON: Final = 334
_START_MESSAGE: Final = 354


class SmtpMask:
    """Follows the dialogue, because the octets of a message look like anything, also like commands."""

    __slots__ = ("_asked_for_data", "_in_message", "_octets", "_signs_in")

    def __init__(self) -> None:
        self._signs_in = self._asked_for_data = self._in_message = False
        self._octets = 0

    def sent(self, octets: bytes, replies: int = 1) -> list[str]:
        """Return what to show of octets that ask for this many replies: none is shown while a message is sent."""
        if self._in_message or not replies:
            return self._message(octets, ends=replies > 0)
        if self._signs_in:
            return [MASK]
        return [self._command(line) for line in octets.split(b"\r\n") if line]

    def received(self, code: int, text: str) -> str:
        """Return what to show of a reply."""
        self._signs_in = self._signs_in and code == _GO_ON
        asked, self._asked_for_data = self._asked_for_data, False
        self._in_message = self._in_message or (asked and code == _START_MESSAGE)
        if code == _GO_ON:
            return f"{code} {MASK}"
        return f"{code} " + " / ".join(text.splitlines())

    def _command(self, line: bytes) -> str:
        signs_in = _AUTH.match(line)
        if signs_in is not None:
            self._signs_in = True
            return f"AUTH {signs_in[1].decode()} {MASK}"
        if not _COMMAND.fullmatch(line):
            return f"({len(line)} octets)"
        self._asked_for_data = line.strip().upper() == b"DATA"
        return line.decode("utf-8", "replace")

    def _message(self, octets: bytes, *, ends: bool) -> list[str]:
        chunk = None if self._in_message else _CHUNK.match(octets)
        self._in_message = not ends
        if chunk is not None:
            self._octets = len(octets) - len(chunk[0]) - len(b"\r\n")
            return [chunk[0].decode()]
        self._octets += len(octets)
        if not ends:
            return []
        sent, self._octets = self._octets, 0
        return [f"({sent} octets of a message)"]
