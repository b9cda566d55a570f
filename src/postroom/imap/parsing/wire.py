"""Cuts the byte stream of a server into responses: lines joined with the literals they announce."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.limits import DEFAULT_LIMITS, LimitExceeded, Limits


@dataclass(frozen=True, slots=True)
class RawResponse:
    r"""One response, framed but unparsed.

    `text` has no final line end. Where a literal stood, `text` keeps the announcement and CRLF (`{5}\r\n`), which
    cannot occur anywhere else, and then continues with what followed the literal. `literals` holds the contents of
    the literals in order, each cut to what was wanted.
    """

    text: bytes
    literals: tuple[bytes, ...] = ()


def weight(raw: RawResponse) -> int:
    """An estimate of the octets of memory that the response takes once it is parsed.

    Measured: 700 for a FETCH of flags, 450 for a LIST. While they are parsed, long lists of words or parts take 20 per
    octet of text, and long lists of numbers less than 2.
    """
    text = len(raw.text)
    octets = sum(map(len, raw.literals)) if raw.literals else 0
    if text <= _SHORT:
        return _LEAST_WEIGHT + text * _SHORT_WEIGHT + octets
    return text * (_NUMBER_WEIGHT if _NUMBERS.match(raw.text) else _LONG_WEIGHT) + octets


_LEAST_WEIGHT: Final = 400
_SHORT: Final = 4096
_SHORT_WEIGHT: Final = 5
_LONG_WEIGHT: Final = 20
_NUMBER_WEIGHT: Final = 2

_LITERAL = re.compile(rb"\{(\d+)\+?\}\Z")
_PROSE = re.compile(rb"\+|\S+ +(?:OK|NO|BAD|BYE|PREAUTH)(?: |\Z)", re.IGNORECASE)
"""Continuations and status responses end in text for people, in which `{5}` announces nothing."""

_FETCH = re.compile(rb"\* *\d{1,20} +FETCH ", re.IGNORECASE)
_NUMBERS = re.compile(rb"\* *(?:SEARCH|SORT|ESEARCH|VANISHED) ", re.IGNORECASE)

_BESIDE_CONTENT: Final = 8 * 1024 * 1024
"""Octets that a response may have in addition to the sections that were asked for."""

_LINES_AT_ONCE: Final = 256
"""The most blank lines and literals that one step handles."""


class ResponseReader:
    """Cuts octets, which may arrive in any pieces, into responses; the work is linear in the octets fed.

    Accepts lines that end in LF alone, blank lines, and NUL octets outside literals: real servers send all of them.
    After an error the stream cannot be trusted, so every further `next` raises the same error.
    """

    __slots__ = (
        "_awaited",
        "_buffer",
        "_dropping",
        "_failure",
        "_held",
        "_limits",
        "_literal",
        "_literals",
        "_pieces",
        "_scanned",
        "_text",
        "behind",
        "blank",
        "dropped",
        "keeps",
    )

    def __init__(self, limits: Limits = DEFAULT_LIMITS, keeps: int | None = None) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._scanned = 0
        self._pieces: list[bytes] = []
        self._literals: list[bytes] = []
        self._held = self._text = 0
        self._awaited: int | None = None
        # Octets of the current literal that are beyond `keeps` and still to be dropped.
        self._dropping = 0
        # An incomplete literal grows here, so that its octets are copied out of the buffer only once.
        self._literal: BytesIO | None = None
        self._failure: LimitExceeded | None = None
        self.keeps = limits.max_literal if keeps is None else keeps
        """Octets of each literal to keep; the rest is dropped as it arrives."""

        self.dropped = 0
        """All octets dropped up to now."""

        self.blank = 0
        """All blank lines up to now."""

        self.behind = False
        """Whether the last `step` stopped before it had read everything that was fed."""

    @property
    def pending(self) -> int:
        """Octets fed but not yet part of a returned response; above 0 just before STARTTLS means injection."""
        return len(self._buffer) + self._held + (0 if self._literal is None else self._literal.tell())

    @property
    def wanted(self) -> int:
        """The most octets of memory that the unfinished response can need, as far as is known now."""
        if self._awaited is not None:
            return self._held + self._awaited
        size = len(self._buffer) + self._text
        return self._held + (self._text_limit() if size > self._limits.max_line else len(self._buffer))

    def feed(self, data: bytes) -> None:
        """Take octets from the server."""
        if self._failure is None:
            self._buffer += data

    def next(self) -> RawResponse | None:
        """The next complete response, None when more octets are needed.

        LimitExceeded as soon as it is clear that a response is too large; for a literal, when it is announced.
        """
        response = self.step()
        while response is None and self.behind:
            response = self.step()
        return response

    def step(self) -> RawResponse | None:
        """Like `next`, with bounded work. When it returns None and `behind` is set, call it again."""
        if self._failure is not None:
            raise self._failure
        self.behind = False
        try:
            return self._step()
        except LimitExceeded as failure:
            self._failure = failure
            self._buffer.clear()
            self._pieces, self._literals, self._literal, self._held, self._text = [], [], None, 0, 0
            self._awaited, self._dropping = None, 0
            raise

    def _step(self) -> RawResponse | None:
        for _ in range(_LINES_AT_ONCE):
            if self._awaited is not None and not self._take_literal(self._awaited):
                return None
            if self._dropping and not self._drop():
                return None
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
            else:
                self.blank += 1
        self.behind = True
        return None

    def _take_line(self) -> bytes | None:
        end = self._buffer.find(b"\n", self._scanned)
        size = len(self._buffer) if end < 0 else end
        if size + self._text > self._limits.max_line:
            self._check_text(size + self._text)
        if end < 0:
            self._scanned = size
            return None
        line = bytes(memoryview(self._buffer)[:end])
        del self._buffer[: end + 1]
        self._scanned = 0
        if b"\0" in line:
            line = line.replace(b"\0", b"")
        return line.rstrip(b"\r")

    def _check_text(self, size: int) -> None:
        limit = self._text_limit()
        if size > limit:
            raise LimitExceeded.of("octets of text in one response", limit)

    def _text_limit(self) -> int:
        """The most octets of text that the response may have, depending on its first word."""
        begun = self._pieces[0] if self._pieces else self._buffer
        if _FETCH.match(begun):
            return self._limits.max_fetch
        return self._limits.max_numbers if not self._pieces and _NUMBERS.match(begun) else self._limits.max_line

    def _check_response(self, more: int) -> None:
        limit = min(self._limits.max_response, 4 * self.keeps + _BESIDE_CONTENT)
        if self._held + more > limit:
            raise LimitExceeded.of("octets in one response", limit)

    def _announce(self, line: bytes, announced: re.Match[bytes]) -> None:
        digits = announced[1].lstrip(b"0") or b"0"
        if len(digits) > 19 or int(digits) > self._limits.max_literal:
            shown = digits[:20].decode("ascii")
            error = LimitExceeded.of("octets in one literal", self._limits.max_literal)
            raise LimitExceeded(f"{error}: it announced {shown}", self._held + announced.start())
        if len(self._literals) == self._limits.max_literals:
            raise LimitExceeded.of("literals in one response", self._limits.max_literals)
        size = int(digits)
        self._awaited = min(size, self.keeps)
        self._dropping = size - self._awaited
        self._pieces.append(line + b"\r\n")
        self._held += len(line) + 2
        self._text += len(line) + 2
        self._check_response(self._awaited)

    def _take_literal(self, size: int) -> bool:
        if self._literal is None and len(self._buffer) >= size:
            self._literals.append(bytes(memoryview(self._buffer)[:size]))
            del self._buffer[:size]
        elif not self._grow_literal(size):
            return False
        self._held += size
        self._awaited = None
        return True

    def _drop(self) -> bool:
        """Drop the available rest of a literal; returns whether all of it is dropped."""
        there = min(self._dropping, len(self._buffer))
        del self._buffer[:there]
        self._dropping -= there
        self.dropped += there
        return not self._dropping

    def _grow_literal(self, size: int) -> bool:
        """Move the available octets into the literal; returns whether it is complete."""
        literal = self._literal = self._literal or BytesIO()
        missing = size - literal.tell()
        literal.write(memoryview(self._buffer)[:missing])
        del self._buffer[:missing]
        if literal.tell() < size:
            return False
        # The buffer becomes the value, so a large literal is not copied here.
        self._literals.append(literal.getvalue())
        self._literal = None
        return True

    def _finish(self, line: bytes) -> RawResponse:
        made = RawResponse(b"".join(self._pieces) + line, tuple(self._literals))
        self._pieces, self._literals, self._held, self._text = [], [], 0, 0
        return made
