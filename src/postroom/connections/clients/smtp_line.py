"""The octets of an SMTP session after the sign-in: commands written, replies read, and how far the writing is.

aiosmtplib opens the session and loses replies that come together (RFC 2920), so the line takes its transport over.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from postroom.connections.transcripts.smtp_script import SmtpScript
from postroom.smtp.replies import MalformedReply, Reply, ReplyReader

__all__ = ["LineFailed", "SmtpLine"]

_BUFFERED: Final = 256 * 1024
"""Octets that the event loop may hold before a writer has to wait."""


class LineFailed(Exception):
    """The line cannot be used any more.

    Its cause (`__cause__`) is an OSError or EOFError for a connection that ended, TimeoutError, or MalformedReply.
    `unasked` is a reply that came although no command was waiting for one.
    """

    def __init__(self, cause: Exception, unasked: Reply | None = None) -> None:
        super().__init__(str(cause))
        self.__cause__ = cause
        self.unasked = unasked


class SmtpLine(asyncio.Protocol):
    """Writes commands and reads replies. Once it has failed, it only returns the replies that came before.

    `write` says how many replies its octets ask for. A reply that nothing has asked for fails the line, so no reply
    is ever taken for the answer to a command that was written after it.
    """

    def __init__(self, transport: asyncio.Transport, script: SmtpScript | None = None) -> None:
        self._transport = transport
        self._script = script
        self._reader = ReplyReader()
        self._replies: deque[Reply] = deque()
        self._owed = 0
        self._failed: LineFailed | None = None
        self._is_paused = False
        self._reading: asyncio.Future[None] | None = None
        self._writing: asyncio.Future[None] | None = None
        self._told: Callable[[], None] | None = None

    @classmethod
    def take_over(cls, transport: asyncio.Transport, script: SmtpScript | None = None) -> SmtpLine:
        """Return the line of a transport, whose former protocol hears nothing any more."""
        line = cls(transport, script)
        transport.set_protocol(line)
        line._hold(_BUFFERED)
        if transport.is_closing():
            line._fail(ConnectionResetError("The server closed the connection"))
        return line

    def when_failed(self, told: Callable[[], None]) -> None:
        """Call `told` once when the line fails."""
        self._told = told

    @property
    def is_whole(self) -> bool:
        """Whether the line works, and every reply that was asked for has been read."""
        return self._failed is None and not self._owed and not self._replies and self._reader.is_between

    @property
    def failed(self) -> LineFailed | None:
        """Why the line has failed, None while it works."""
        return self._failed

    def write(self, octets: bytes, replies: int = 0) -> None:
        """Hand octets to the event loop, which ask for this many replies. Raises LineFailed, and then wrote nothing."""
        if self._failed is None and self._transport.is_closing():
            self._fail(ConnectionResetError("The connection was closed"))
        if self._failed is not None:
            raise self._failed
        self._owed += replies
        if self._script is not None:
            self._script.sent(octets, replies)
        self._transport.write(octets)

    async def reply(self, limit: float) -> Reply:
        """Return the next reply, which must be complete within `limit` seconds. Raises LineFailed."""
        if not self._replies and self._failed is None:
            self._reading = asyncio.get_running_loop().create_future()
            await self._wait(self._reading, limit)
        if self._replies:
            return self._replies.popleft()
        raise self._failed or LineFailed(EOFError())

    async def has_room(self, limit: float) -> None:
        """Wait until more may be written, at most `limit` seconds. Raises LineFailed."""
        while self._is_paused and self._failed is None:
            self._writing = asyncio.get_running_loop().create_future()
            await self._wait(self._writing, limit)
        if self._failed is not None:
            raise self._failed

    async def is_flushed(self, limit: float) -> None:
        """Wait until the event loop has handed everything to the system. Raises LineFailed.

        With TLS, the encrypted form of the last octets (64 KiB at the most) may still be on its way there.
        """
        # The event loops' TLS pauses writers at the limit itself, so with a limit of zero it would pause them for ever.
        self._hold(1 if self._transport.get_extra_info("sslcontext") is not None else 0)
        try:
            await self.has_room(limit)
        finally:
            self._hold(_BUFFERED)

    def close(self) -> None:
        """End the connection at once; what was not sent yet is lost."""
        self._fail(ConnectionAbortedError("The connection was closed"))
        self._transport.abort()

    # asyncio.Protocol

    def data_received(self, data: bytes) -> None:
        """Take octets in."""
        try:
            for reply in self._reader.feed(data):
                self._arrived(reply)
        except MalformedReply as error:
            self._fail(error)
        _wake(self._reading if self._replies else None)

    def eof_received(self) -> None:
        """Note that the server has closed."""
        self._fail(EOFError("The server closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that there is no connection any more."""
        self._fail(exc or ConnectionResetError("The server closed the connection"))

    def pause_writing(self) -> None:
        """Let writers wait."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Let writers go on."""
        self._is_paused = False
        _wake(self._writing)

    # Internals

    def _arrived(self, reply: Reply) -> None:
        if self._script is not None:
            self._script.received(reply)
        if self._owed:
            self._owed -= 1
            self._replies.append(reply)
        else:
            self._fail(MalformedReply(f"a reply that no command has asked for: {reply.code} {reply.text}"), reply)

    def _hold(self, octets: int) -> None:
        """Let the event loop hold this much without making writers wait. A closed transport accepts no limits."""
        if not self._transport.is_closing():
            self._transport.set_write_buffer_limits(octets)

    async def _wait(self, waiter: asyncio.Future[None], limit: float) -> None:
        try:
            async with asyncio.timeout(limit):
                await waiter
        except TimeoutError:
            self._fail(TimeoutError(f"No answer within {limit:g} s"))

    def _fail(self, cause: Exception, unasked: Reply | None = None) -> None:
        if self._failed is None:
            self._failed = LineFailed(cause, unasked)
            if self._script is not None:
                self._script.ended(cause)
            told, self._told = self._told, None
            if told is not None:
                told()
        _wake(self._reading)
        _wake(self._writing)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
