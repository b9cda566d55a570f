"""A lean HTTP/1.1 client: one keep-alive connection, one request at a time, so that the bench costs little itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Self
from urllib.parse import urlsplit

import orjson


class Refused(RuntimeError):
    """A call that the measurement depends on was answered with an error."""


class HttpConnection:
    """One connection to the gateway; a second request waits for the answer to the first (no pipelining)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader = reader
        self._writer = writer
        self._head = f"Host: gateway\r\nAuthorization: Bearer {token}\r\n"

    @classmethod
    async def open(cls, base_url: str, token: str) -> Self:
        parts = urlsplit(base_url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        return cls(reader, writer, token)

    def close(self) -> None:
        self._writer.close()

    def prepare(self, method: str, path: str, body: Any = None) -> bytes:
        """The octets of a request; `body` is sent as JSON."""
        data = b"" if body is None else orjson.dumps(body)
        kind = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n" if data else ""
        return f"{method} {path} HTTP/1.1\r\n{self._head}{kind}\r\n".encode() + data

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send a prepared request; return the status and the body of its answer."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(head[9:12]), await self._reader.readexactly(length)

    async def download(self, request: bytes) -> tuple[int, int]:
        """Send a prepared request; return the status and the octets of its answer, which are thrown away."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        if b"content-length:" in head:
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            return status, await self._skip(length)
        octets = 0
        while size := int((await self._reader.readline()).split(b";")[0], 16):
            octets += await self._skip(size)
            await self._reader.readexactly(2)
        await self._reader.readline()
        return status, octets

    async def _skip(self, octets: int) -> int:
        left = octets
        while left:
            left -= len(await self._reader.read(min(left, 2**18)))
        return octets

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON answer of a call; raise Refused unless its status is 2xx."""
        status, answer = await self.exchange(self.prepare(method, path, body))
        if not 200 <= status < 300:
            raise Refused(f"{method} {path} was answered {status}: {answer[:500].decode(errors='replace')}")
        return orjson.loads(answer)


async def call_many(base_url: str, token: str, calls: Iterable[tuple[str, str, Any]], connections: int = 16) -> None:
    """Make all calls over several connections at a time; raise Refused at the first error."""
    pending = iter(calls)

    async def work() -> None:
        connection = await HttpConnection.open(base_url, token)
        try:
            for method, path, body in pending:
                await connection.call(method, path, body)
        finally:
            connection.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(work())
