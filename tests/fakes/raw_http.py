"""An HTTP server on 127.0.0.1 that sends exactly the bytes it is told to, in pieces, and then ends as it is told to.

async with RawHttp() as server:
    server.answer(b"HTTP/1.1 200 OK\\r\\n", b"Content-Length: 2\\r\\n\\r\\n", b"{}")      # every later request
    server.answer(ok(b"{}"), ending="reset")
    assert server.requests[0].startswith(b"POST /token ")
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from typing import Literal, Self

Ending = Literal["keep", "close", "reset", "hang"]

PAUSE = 0.05


class RawHttp:
    """Takes requests and answers each with the same pieces, `PAUSE` seconds apart; `requests` are their bytes."""

    host = "127.0.0.1"

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self._tls = tls
        self.requests: list[bytes] = []
        self.connections = 0
        self._pieces: tuple[bytes, ...] = (ok(b""),)
        self._ending: Ending = "keep"
        self._pause = PAUSE
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Its URL, without a final slash."""
        return f"http{'s' if self._tls else ''}://{self.host}:{self.port}"

    def answer(self, *pieces: bytes, ending: Ending = "keep", pause: float = PAUSE) -> None:
        """Set the answer to all later requests."""
        self._pieces, self._ending, self._pause = pieces, ending, pause

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._serve, self.host, 0, ssl=self._tls)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._listener is not None
        self._listener.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._answer_one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Python 3.11 reports a cancelled connection handler as an unhandled error. Here the cancellation is
            # intended.
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read a request and answer it; return whether the connection may carry another one."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        self.requests.append(head + await reader.readexactly(int(length.partition(b":")[2])))
        for at, piece in enumerate(self._pieces):
            if at:
                await asyncio.sleep(self._pause)
            writer.write(piece)
            await writer.drain()
        if self._ending == "reset":
            await asyncio.sleep(self._pause)
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        elif self._ending == "hang":
            await reader.read()
        return self._ending == "keep"


def ok(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """Return a complete answer with the right length. Further headers are given without their line ends."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers, b"", b""]
    return b"\r\n".join(lines) + body


def chunked(*pieces: bytes, headers: bytes = b"") -> bytes:
    """Return a complete answer in chunks."""
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + headers + b"\r\n" + chunks + b"0\r\n\r\n"
