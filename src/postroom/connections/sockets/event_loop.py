"""uvloop's event loop, changed so that connecting to an address never waits for a thread.

For `sock_connect`, uvloop calls getaddrinfo in the four threads of libuv. Our code makes no other look-ups there, but
asyncpg looks up the database host in those threads. If name servers are silent, every connection would wait behind it.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import uvloop

__all__ = ["EventLoop"]


class EventLoop(uvloop.Loop):
    """Use it as the loop factory of `uvloop.run` or `asyncio.Runner`."""

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect a non-blocking socket to an IP address, or to a path. Raises OSError, ValueError for a name."""
        if sock.family not in (socket.AF_INET, socket.AF_INET6):
            await super().sock_connect(sock, address)
            return
        # Raises for a name, because the system would resolve it and block.
        ip_address(str(address[0]).partition("%")[0])
        try:
            sock.connect(address)
        except BlockingIOError:
            await self._connected(sock)

    async def _connected(self, sock: socket.socket) -> None:
        ready = self.create_future()
        self.add_writer(sock, _end(ready))
        try:
            await ready
        finally:
            self.remove_writer(sock)
        number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            raise OSError(number, os.strerror(number))


def _end(ready: asyncio.Future[None]) -> Callable[[], None]:
    def end() -> None:
        if not ready.done():
            ready.set_result(None)

    return end
