"""Reads the head of an HTTP response as servers really write it, and gives aiohttp one that it can parse.

The status is what counts. aiohttp loses it when something after it is wrong: a header line with odd bytes, a connection
that ends in the middle of the headers, or a broken body that arrives together with them. So the head is read here
first, its unusable lines are removed, and the body is passed on separately.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

from postroom.errors import Permanent

__all__ = ["LARGEST_HEAD", "Attempt", "EndlessAnswer", "HeadReader", "tidy"]

LARGEST_HEAD: Final = 128 * 1024
"""Bytes of status line and headers. Of a longer head only the start is used, and no body is read."""

LARGEST_ANSWER: Final = 2 * 1024 * 1024
"""Bytes of a body with its framing. We ask for nothing a quarter as large, even in chunks of one byte."""

MOST_INTERIM: Final = 20
"""Interim responses (1xx) before the final one. No server sends more than two or three."""

_END: Final = re.compile(rb"\r?\n\r?\n")
_STATUS: Final = re.compile(rb"HTTP/1\.([0-9]) +([1-9][0-9]{2})(?=[ \r\n])")
_FIELD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:(.*)", re.DOTALL)
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_SWITCHING: Final = 101
_LENGTH, _CODING = b"content-length", b"transfer-encoding"
_NOTHING_MORE: Final = b"Connection: close\r\nContent-Length: 0\r\n"


class Attempt:
    """Filled in during a request: whether its connection had been used before, and the status once it is known."""

    __slots__ = ("reused", "status")

    def __init__(self) -> None:
        self.reused = False
        self.status: int | None = None


class EndlessAnswer(Permanent):
    """The server keeps sending interim responses."""

    code = "EPROTOCOL"

    def __init__(self) -> None:
        super().__init__(f"The server sent more than {MOST_INTERIM} interim answers (1xx) in place of an answer")


class HeadReader(asyncio.Protocol):
    """Stands between a connection and aiohttp's protocol for it, and passes on everything else unchanged.

    `fail` ends the waiting request with an error.
    """

    __slots__ = ("_attempt", "_fail", "_head", "_inner", "_interim", "_passed", "_passes", "_searched", "_transport")

    def __init__(
        self, inner: asyncio.Protocol, transport: asyncio.Transport, fail: Callable[[BaseException], None]
    ) -> None:
        self._inner = inner
        self._fail = fail
        self._transport = transport
        self._attempt = Attempt()
        self._head = b""
        self._searched = 0
        self._interim = self._passed = 0
        self._passes = True

    def expect(self, attempt: Attempt) -> None:
        """Treat the next bytes as the head of the response to this attempt."""
        self._attempt = attempt
        self._head, self._searched = b"", 0
        self._interim = self._passed = 0
        self._passes = False

    def data_received(self, data: bytes) -> None:
        """Collect the head and pass on everything else."""
        if self._passes:
            self._passed += len(data)
            if self._passed > LARGEST_ANSWER:
                self._transport.abort()
            else:
                self._inner.data_received(data)
            return
        self._head = (self._head + data).lstrip(b"\r\n")
        if not self._head.startswith(b"HTTP/"[: len(self._head)]):
            self._pass_on(self._head)
            return
        while (end := _END.search(self._head, max(0, self._searched - 3))) is not None:
            head, self._head, self._searched = self._head[: end.end()], self._head[end.end() :], 0
            if self._take(head):
                return
            self._interim += 1
            if self._interim > MOST_INTERIM:
                self._end(EndlessAnswer())
                return
        self._searched = len(self._head)
        self._note_status(self._head)
        if len(self._head) > LARGEST_HEAD:
            self._cut()
            self._transport.close()

    def eof_received(self) -> bool | None:
        """The server has nothing more to send."""
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on the status if it has come, even when the head is incomplete."""
        if not self._passes:
            self._cut()
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """The server does not read what we send."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The server reads again."""
        self._inner.resume_writing()

    def _take(self, head: bytes) -> bool:
        """Pass on a whole head and what follows; returns False for an interim one, which is skipped (RFC 9110 15.2)."""
        status = self._note_status(head)
        if status is not None and 100 <= status < 200 and status != _SWITCHING:
            return False
        self._pass_on(head if status is None else tidy(head), self._head)
        return True

    def _note_status(self, head: bytes) -> int | None:
        found = _STATUS.match(head)
        status = int(found[2]) if found is not None else None
        if status is not None and (status >= 200 or status == _SWITCHING):
            self._attempt.status = status
        return status

    def _cut(self) -> None:
        """Turn an incomplete head into a complete one without a body."""
        if self._attempt.status is None:
            self._pass_on(self._head)
            return
        lines = self._head[: self._head.rfind(b"\n") + 1] or self._head
        self._pass_on(tidy(lines, closing=True))

    def _end(self, error: EndlessAnswer) -> None:
        self._passes, self._head = True, b""
        self._fail(error)
        self._transport.abort()

    def _pass_on(self, *pieces: bytes) -> None:
        self._passes, self._head = True, b""
        for piece in pieces:
            if piece:
                self._inner.data_received(piece)


def tidy(head: bytes, *, closing: bool = False) -> bytes:
    """Return a head without the lines that are not header fields; `closing` means that no body follows.

    If the length of the body is given in contradictory ways, the body ends with the connection.
    """
    first, *lines = head.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    status = _STATUS.match(first + b"\n")
    if status is None:
        return head
    fields = [field for field in _fields(lines) if not (closing and field[0].lower() in (_LENGTH, _CODING))]
    if not closing:
        fields = _framed(fields)
    kept = b"".join(b"%s: %s\r\n" % field for field in fields)
    return b"HTTP/1.%s %s .\r\n" % status.groups() + kept + (_NOTHING_MORE if closing else b"") + b"\r\n"


def _fields(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Return names and values; a line that starts with a blank continues the one before (RFC 9112 section 5.2)."""
    fields: list[tuple[bytes, bytes]] = []
    for line in lines:
        found = _FIELD.fullmatch(line)
        if line[:1] in (b" ", b"\t"):
            if fields:
                name, value = fields[-1]
                fields[-1] = name, value + b" " + _plain(line)
        elif found is not None:
            fields.append((found[1], _plain(found[2])))
    return fields


def _framed(fields: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the fields with at most one that says where the body ends (RFC 9112 section 6.3)."""
    codings = [value.lower() for name, value in fields if name.lower() == _CODING]
    lengths = {value for name, value in fields if name.lower() == _LENGTH}
    others = [field for field in fields if field[0].lower() not in (_LENGTH, _CODING)]
    if codings:
        is_chunked = codings[-1].rpartition(b",")[2].strip() == b"chunked"
        return [*others, (b"Transfer-Encoding", b"chunked")] if is_chunked else others
    length = lengths.pop() if len(lengths) == 1 else b""
    return [*others, (b"Content-Length", length)] if length.isdigit() and len(length) < 19 else others


def _plain(value: bytes) -> bytes:
    return _CONTROLS.sub(b" ", value).strip(b" \t")
