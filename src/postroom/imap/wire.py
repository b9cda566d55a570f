"""Cuts the byte stream of a server into responses: lines joined with the literals they announce."""

from __future__ import annotations

import re
from dataclasses import dataclass

from postroom.imap.limits import DEFAULT_LIMITS, LimitExceeded, Limits


@dataclass(frozen=True, slots=True)
class RawResponse:
    r"""One response, framed but unread.

    `text` has no line end of its own; where a literal stood, it has the announcement and CRLF (`{5}\r\n`), which can
    stand nowhere else, and goes on behind the literal. `literals` holds their contents in order.
    """

    text: bytes
    literals: tuple[bytes, ...] = ()


_LITERAL = re.compile(rb"\{(\d+)\+?\}\Z")
_PROSE = re.compile(rb"\+|\S+ +(?:OK|NO|BAD|BYE|PREAUTH)(?: |\Z)", re.IGNORECASE)
"""Continuations and status responses end in words for people, where `{5}` announces nothing."""


class ResponseReader:
    """Frames responses out of octets that arrive in any pieces; work is linear in the octets fed, however cut.

    Tolerates lines that end in LF alone, blank lines, and NUL octets outside literals (all seen from real servers).
    After an error the stream cannot be trusted: every further `next` raises it again.
    """

    __slots__ = ("_awaited", "_buffer", "_failure", "_held", "_limits", "_literals", "_pieces", "_scanned")

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._scanned = 0
        self._pieces: list[bytes] = []
        self._literals: list[bytes] = []
        self._held = 0
        self._awaited: int | None = None
        self._failure: LimitExceeded | None = None

    @property
    def pending(self) -> int:
        """Octets fed but not yet part of a returned response; above 0 right before STARTTLS means injection."""
        return len(self._buffer) + self._held

    def feed(self, data: bytes) -> None:
        """Take octets from the server."""
        if self._failure is None:
            self._buffer += data

    def next(self) -> RawResponse | None:
        """The next complete response, None when more octets are needed.

        LimitExceeded as soon as a response is known to grow too large, for a literal when it is announced.
        """
        if self._failure is not None:
            raise self._failure
        try:
            return self._next()
        except LimitExceeded as failure:
            self._failure = failure
            self._buffer.clear()
            raise

    def _next(self) -> RawResponse | None:
        while self._awaited is None or self._take_literal(self._awaited):
            line = self._take_line()
            if line is None:
                return None
            announced = _LITERAL.search(line) if line.endswith(b"}") else None
            if announced is not None and (self._pieces or not _PROSE.match(line)):
                self._announce(line, announced)
            elif self._pieces:
                return self._finish(line)
            elif line and not line.isspace():
                return RawResponse(line)
        return None

    def _take_line(self) -> bytes | None:
        end = self._buffer.find(b"\n", self._scanned)
        self._check_line(len(self._buffer) if end < 0 else end)
        if end < 0:
            self._scanned = len(self._buffer)
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._scanned = 0
        if b"\0" in line:
            line = line.replace(b"\0", b"")
        return line.rstrip(b"\r")

    def _check_line(self, size: int) -> None:
        if size > self._limits.max_line:
            raise LimitExceeded(f"the server sent a line of more than {self._limits.max_line} octets", self._held)
        self._check_response(size)

    def _check_response(self, more: int) -> None:
        if self._held + more > self._limits.max_response:
            raise LimitExceeded(f"a response grew past {self._limits.max_response} octets", self._held)

    def _announce(self, line: bytes, announced: re.Match[bytes]) -> None:
        digits = announced[1].lstrip(b"0") or b"0"
        offset = self._held + announced.start()
        if len(digits) > 19 or int(digits) > self._limits.max_literal:
            shown = digits[:20].decode("ascii")
            raise LimitExceeded(
                f"the server announced a literal of {shown} octets at octet {offset} of a response; "
                f"the limit is {self._limits.max_literal}",
                offset,
            )
        self._awaited = int(digits)
        self._pieces.append(line + b"\r\n")
        self._held += len(line) + 2
        self._check_response(self._awaited)

    def _take_literal(self, size: int) -> bool:
        if len(self._buffer) < size:
            return False
        self._literals.append(bytes(memoryview(self._buffer)[:size]))
        del self._buffer[:size]
        self._held += size
        self._awaited = None
        return True

    def _finish(self, line: bytes) -> RawResponse:
        made = RawResponse(b"".join(self._pieces) + line, tuple(self._literals))
        self._pieces, self._literals, self._held = [], [], 0
        return made
