"""A byte stream to a mail server, plain TCP or TLS, with little memory for each idle connection.

Received bytes are processed when `ReadingTurns` gives the stream a turn. While any are left, the socket is not read. So
a server that sends faster than its data are processed has to wait, and uses no memory of ours.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Final, Protocol, cast

from postroom.connections.sockets.reading_turns import turns_of
from postroom.connections.sockets.tls import TlsLayer
from postroom.imap.limits import LimitExceeded

__all__ = ["OctetReceiver", "Stream"]


_SLICE: Final = 16 * 1024
"""Bytes decrypted in one step."""

_MOST_BARREN: Final = 1024 * 1024
"""Bytes of TLS in a row without content: handshakes, tickets, new keys. An honest server sends some thousands."""


class OctetReceiver(Protocol):
    """The receiver of a stream's bytes. It is called from the event loop, and never after `stream_ended`."""

    def bytes_received(self, data: bytes) -> None:
        """Store received bytes, already decrypted."""

    def read_on(self) -> bool:
        """Process some of the received bytes; returns False when there is nothing to do now."""

    @property
    def is_busy(self) -> bool:
        """Whether it can neither process nor receive anything until it calls `go_on`."""

    def stream_ended(self, error: Exception | None) -> None:
        """The stream is over. Called once; `error` is None when one side closed it normally."""


class Stream(asyncio.Protocol):
    """One connection; once closed, it stays closed. All methods are called in the event loop's thread."""

    __slots__ = (
        "_barren",
        "_closing",
        "_ended",
        "_error",
        "_loop",
        "_paused",
        "_queued",
        "_receiver",
        "_tls",
        "_transport",
        "_turns",
        "_unread",
        "_waiter",
    )

    def __init__(self, receiver: OctetReceiver) -> None:
        self._loop = asyncio.get_running_loop()
        self._receiver: OctetReceiver | None = receiver
        self._transport: asyncio.Transport | None = None
        self._tls: TlsLayer | None = None
        # Completed at the end of the TLS handshake.
        self._waiter: asyncio.Future[None] | None = None
        self._closing = False
        self._error: Exception | None = None
        self._turns = turns_of(self._loop)
        self._unread = b""
        self._queued = self._paused = self._ended = False
        self._barren = 0

    # Called by the owner.

    @property
    def security(self) -> tuple[str, str] | None:
        """TLS version and cipher, None while the stream is plain."""
        return self._tls.describe() if self._tls is not None and self._tls.established else None

    @property
    def certificate(self) -> bytes:
        """The server's certificate (DER), empty while the stream is plain."""
        return self._tls.certificate if self._tls is not None and self._tls.established else b""

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._closing or self._transport is None

    async def attach(self, connection: socket.socket) -> None:
        """Take over a connected socket; its first bytes may be received before this returns."""
        try:
            await self._loop.create_connection(lambda: self, sock=connection)
        except BaseException:
            connection.close()
            raise
        if self._closing:
            # It was closed before, or because of what was received meanwhile.
            self.abort()

    @property
    def unsent(self) -> int:
        """Bytes written that the system has not taken yet; falls as the peer takes them."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def expect_tls(self, context: ssl.SSLContext, server_name: str) -> None:
        """Treat all bytes from now on as TLS, so that no plain text can slip in; `handshake` must follow."""
        self._tls = TlsLayer(context, server_name)

    async def handshake(self) -> None:
        """Do the TLS handshake after `expect_tls`. On ssl.SSLError or OSError the stream is closed."""
        if self._tls is None or self._transport is None or self._closing:
            raise self._error or ConnectionResetError("The server closed the connection before the TLS handshake")
        self._waiter = self._loop.create_future()
        try:
            self._tls.handshake()
            self._transport.write(self._tls.data_to_send())
            await self._waiter
        except BaseException:
            self.abort()
            raise
        finally:
            self._waiter = None

    def write(self, data: bytes) -> None:
        """Send the bytes. If the stream is over they are dropped; the receiver learns that it is over."""
        if self._transport is None or self._closing or not data:
            return
        self._transport.write(data if self._tls is None else self._tls.encrypt(data))

    def go_on(self) -> None:
        """The receiver is no longer busy."""
        if not self._queued:
            self._queued = True
            self._turns.serve(self)

    def close(self) -> None:
        """Send what was written, then close."""
        if self._closing:
            return
        self._closing = True
        if self._transport is None:
            return
        if self._tls is not None and self._tls.established:
            self._transport.write(self._tls.close())
        self._transport.close()

    def abort(self) -> None:
        """Close at once and drop unsent bytes."""
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._receiver is None or self._closing:
            return
        if self._tls is None and not self._queued and not self._receiver.is_busy:
            self._receiver.bytes_received(data)
        else:
            self._unread += data
        self.go_on()
        if self._queued or (self._receiver is not None and self._receiver.is_busy):
            self._pause()

    def read_on(self) -> bool:
        """Do one step in its turn; returns whether there is more to do now."""
        receiver = self._receiver
        if receiver is None or self._closing:
            self._unread, self._queued = b"", False
        elif receiver.read_on():
            return True
        elif receiver.is_busy:
            self._queued = False
        elif self._unread:
            self._take_slice(receiver)
            return True
        elif self._ended:
            self.close()
            self._queued = False
        else:
            self._queued = False
            self._resume()
        return False

    def _take_slice(self, receiver: OctetReceiver) -> None:
        if self._tls is None:
            data, self._unread = self._unread, b""
            receiver.bytes_received(data)
            return
        data, self._unread = self._unread[:_SLICE], self._unread[_SLICE:]
        try:
            self._decrypt(self._tls, receiver, data)
        except (ssl.SSLError, LimitExceeded) as error:
            self._fail(error)

    def _pause(self) -> None:
        if not self._paused and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
            self._paused = True

    def _resume(self) -> None:
        if self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def _decrypt(self, tls: TlsLayer, receiver: OctetReceiver, data: bytes) -> None:
        was_established = tls.established
        plain, ended = tls.receive(data)
        reply = tls.data_to_send()
        if reply and self._transport is not None:
            self._transport.write(reply)
        if tls.established and not was_established:
            self._wake(None)
        self._barren = 0 if plain else self._barren + len(data)
        if self._barren > _MOST_BARREN:
            raise LimitExceeded.of("octets of TLS that carry nothing", _MOST_BARREN)
        if plain:
            receiver.bytes_received(plain)
        if ended:
            # The stream is closed after the receiver has processed what came before.
            self._unread, self._ended = b"", True

    def _fail(self, error: Exception) -> None:
        self._error = error
        if self._transport is not None:
            # The alert gives the server's log the reason.
            alert = self._tls.data_to_send() if self._tls is not None else b""
            self._transport.write(alert)
            self._closing = True
            self._transport.close()
        self._wake(error)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        error = self._error or exc
        self._error = error
        receiver, self._receiver = self._receiver, None
        self._wake(error or ConnectionResetError("The server closed the connection in the middle of the TLS handshake"))
        if receiver is not None:
            receiver.stream_ended(error)

    def _wake(self, error: Exception | None) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is None or waiter.done():
            return
        if error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)
