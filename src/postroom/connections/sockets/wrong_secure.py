"""Detects a wrong `secure` setting: TLS towards a server that starts in plain text, or plain text towards a TLS server.

Plain-text (and STARTTLS) servers greet at once, so first bytes that are not TLS reveal them. A TLS server waits for the
client and stays silent, but so does a slow server. It is therefore asked in TLS on a second connection, while the first
still waits for the greeting.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Literal, TypeVar

from postroom.connections.sockets import endpoint as endpoints
from postroom.connections.sockets.endpoint import ConnectWay
from postroom.connections.sockets.tls import TlsLayer, looks_like_tls, tls_context
from postroom.footprint.dataclass import dataclass

__all__ = ["HESITATION", "Beside", "WrongSecure", "as_greeting"]

T = TypeVar("T")

HESITATION: Final = 1.25
"""Seconds of silence before a server is asked whether it speaks TLS; it must answer within two seconds."""

_PATIENCE: Final = 5.0
"""Seconds for the second connection."""

_A_MOMENT: Final = 0.05
_ENOUGH: Final = 512


class WrongSecure(OSError):
    """The server answers, but not as `secure` says. `field` is the setting, `said` the server's greeting."""

    def __init__(self, protocol: Literal["imap", "smtp"], *, said: str | None = None) -> None:
        if said is None:
            super().__init__("The server says nothing in plain text on this port, and answers in TLS")
        else:
            super().__init__(f"The server begins in plain text on this port: {said}")
        self.field = f"{protocol}.secure"
        self.code = "EIMPLICITTLS" if said is None else "EPLAINTEXT"


def as_greeting(protocol: Literal["imap", "smtp"], said: bytes) -> str | None:
    """Return the first line of what a server sent, None when it is no greeting of this protocol."""
    fits = b"* ".startswith(said[:2]) if protocol == "imap" else said[:3].isdigit()
    if not said or not fits:
        return None
    return said.partition(b"\n")[0].decode(errors="replace").strip()


@dataclass(frozen=True, slots=True)
class Beside:
    """Makes a second connection to the server, at the address that answered the first."""

    protocol: Literal["imap", "smtp"]
    way: ConnectWay

    @classmethod
    def of(cls, protocol: Literal["imap", "smtp"], way: ConnectWay, connection: socket.socket) -> Beside:
        """Prepare a second connection to the peer of a connection that was just made."""
        try:
            peer = str(connection.getpeername()[0])
        except OSError:
            peer = ""
        same = [info for info in way.addresses if str(info[4][0]) == peer]
        return cls(protocol, replace(way, addresses=same or way.addresses))

    async def unless_tls(self, greeting: Callable[[], Awaitable[T]], limit: float) -> T:
        """Return what `greeting` returns, which waits for a server's plain-text greeting within its own time limit.

        `limit` is that time limit in seconds; the server is asked in TLS well before it. Raises WrongSecure when the
        server answers in TLS, and any error of `greeting`.
        """
        clock = asyncio.get_running_loop().time

        async def ask(patience: asyncio.Timeout) -> None:
            await asyncio.sleep(min(HESITATION, limit / 2))
            # On a busy machine the greeting may have arrived unread, so it gets a moment to be read first.
            await asyncio.sleep(_A_MOMENT)
            if await self._answers_in_tls():
                patience.reschedule(clock())

        try:
            async with asyncio.timeout(None) as patience, asyncio.TaskGroup() as group:
                asking = group.create_task(ask(patience))
                try:
                    return await greeting()
                finally:
                    asking.cancel()
        except TimeoutError:
            raise WrongSecure(self.protocol) from None
        except BaseExceptionGroup as errors:
            # Only `greeting` can have failed, because the TLS question raises nothing.
            raise errors.exceptions[0]  # noqa: B904 - its cause must stay

    async def greeting_in_plain(self) -> str | None:
        """Return the greeting of a server that starts in plain text; None when there is none."""
        return as_greeting(self.protocol, await self._first_bytes(b""))

    async def _answers_in_tls(self) -> bool:
        layer = TlsLayer(tls_context(False, self.way.endpoint.min_version), self.way.server_name)
        layer.handshake()
        return looks_like_tls(await self._first_bytes(layer.data_to_send()))

    async def _first_bytes(self, sent: bytes) -> bytes:
        """The first bytes that the server answers; empty if it does not answer."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_PATIENCE):
                connection = await endpoints.connect(self.way)
                with connection:
                    await loop.sock_sendall(connection, sent)
                    return await loop.sock_recv(connection, _ENOUGH)
        except (OSError, TimeoutError):
            return b""
