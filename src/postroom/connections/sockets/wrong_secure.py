"""Tells a `secure` that does not fit what answers: TLS for a server that begins in plain text, and the other way round.

Servers of plain text (and of STARTTLS) greet at once, and a TLS server waits for the client. So bytes that are no TLS
give the first away. The second stays silent, which a slow server does as well: it is asked in TLS on a connection
beside, while the greeting is still waited for.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar

from postroom.connections.sockets import endpoint as endpoints
from postroom.connections.sockets.endpoint import Way
from postroom.connections.sockets.tls import TlsLayer, looks_like_tls, tls_context

__all__ = ["HESITATION", "Beside", "WrongSecure", "as_greeting"]

T = TypeVar("T")

HESITATION: Final = 1.25
"""Seconds of silence before a server is asked whether it speaks TLS; the answer must be there within two."""

_PATIENCE: Final = 5.0
"""Seconds for the connection beside."""

_A_MOMENT: Final = 0.05
_ENOUGH: Final = 512


class WrongSecure(OSError):
    """The server answers, but not as `secure` says. `field` is the setting, `said` what the server greeted with."""

    def __init__(self, protocol: Literal["imap", "smtp"], *, said: str | None = None) -> None:
        if said is None:
            super().__init__("The server says nothing in plain text on this port, and answers in TLS")
        else:
            super().__init__(f"The server begins in plain text on this port: {said}")
        self.field = f"{protocol}.secure"
        self.code = "EIMPLICITTLS" if said is None else "EPLAINTEXT"


def as_greeting(protocol: Literal["imap", "smtp"], said: bytes) -> str | None:
    """Return the first line of what a server said, None when it is no greeting of this protocol."""
    fits = b"* ".startswith(said[:2]) if protocol == "imap" else said[:3].isdigit()
    if not said or not fits:
        return None
    return said.partition(b"\n")[0].decode(errors="replace").strip()


@dataclass(frozen=True, slots=True)
class Beside:
    """Makes further connections to the server that answered, at the same one of its addresses."""

    protocol: Literal["imap", "smtp"]
    way: Way

    @classmethod
    def of(cls, protocol: Literal["imap", "smtp"], way: Way, connection: socket.socket) -> Beside:
        """Stand beside a connection that has just been made."""
        try:
            peer = str(connection.getpeername()[0])
        except OSError:
            peer = ""
        same = [info for info in way.addresses if str(info[4][0]) == peer]
        return cls(protocol, replace(way, addresses=same or way.addresses))

    async def unless_tls(self, greeting: Callable[[], Awaitable[T]], limit: float) -> T:
        """Return what `greeting` returns, which waits for a server's first words in plain text and bounds itself.

        `limit` is that bound in seconds: the server is asked in good time before it. Raises WrongSecure when the server
        answers in TLS instead, and what `greeting` raises.
        """
        clock = asyncio.get_running_loop().time

        async def ask(patience: asyncio.Timeout) -> None:
            await asyncio.sleep(min(HESITATION, limit / 2))
            # On a busy machine the greeting may lie there unread: it is read first.
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
            # Only the greeting can have failed: what is asked beside raises nothing.
            raise errors.exceptions[0]  # noqa: B904 - its cause must stay

    async def greeting_in_plain(self) -> str | None:
        """Return the greeting of a server that begins in plain text; None when there is none."""
        return as_greeting(self.protocol, await self._first_bytes(b""))

    async def _answers_in_tls(self) -> bool:
        layer = TlsLayer(tls_context(False, self.way.endpoint.min_version), self.way.server_name)
        layer.handshake()
        return looks_like_tls(await self._first_bytes(layer.data_to_send()))

    async def _first_bytes(self, sent: bytes) -> bytes:
        """What the server answers first, nothing if it does not."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_PATIENCE):
                connection = await endpoints.connect(self.way)
                with connection:
                    await loop.sock_sendall(connection, sent)
                    return await loop.sock_recv(connection, _ENOUGH)
        except (OSError, TimeoutError):
            return b""
