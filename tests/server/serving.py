"""A server with a small application behind the door, and a raw client for it.

async with serving(app, HallLimits(per_address=2)) as server:
    client = await server.connect()
    client.send(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    answer = await client.answer()
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from postroom.api.pipeline.errors import refusal
from postroom.server.hall import Hall, HallLimits
from postroom.server.listening import bind, serve
from tests.fakes.waiting import eventually

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Answer:
    """One answer: `body` is JSON where it is a refusal."""

    status: int
    fields: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Raw:
    """A connection that sends what it is told."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self, timeout: float = 60.0) -> Answer:
        """The next answer, which has a length."""
        async with asyncio.timeout(timeout):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *lines = head.rstrip("\r\n").split("\r\n")
            fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await self.reader.readexactly(int(fields.get("content-length", "0")))
            return Answer(int(line.split()[1]), fields, body)

    async def ended(self, timeout: float = 60.0) -> bytes:
        """What comes until the server closes."""
        async with asyncio.timeout(timeout):
            return await self.reader.read()

    def close(self) -> None:
        self.writer.transport.abort()


@dataclass
class Server:
    """A running server. `refused` are the statuses of refusals."""

    port: int
    hall: Hall
    refused: list[int]
    clients: list[Raw] = field(default_factory=list)

    async def connect(self) -> Raw:
        raw = Raw(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(raw)
        return raw


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the length of the body; `/unread` does not read it, `/held` waits for its end and long after."""
    size, more = 0, scope["path"] != "/unread"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message["body"]), message["more_body"]
    if scope["path"] == "/held":
        await asyncio.wait_for(receive(), 60)
        return
    body = b"%s %d" % (scope["raw_path"], size)
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(limits: HallLimits | None = None, app: Any = echo) -> AsyncIterator[Server]:
    """Serve; at the end everybody is gone."""
    refused: list[int] = []
    hall = Hall(limits or HallLimits(), refusal, refused.append)
    listener, ready = bind("127.0.0.1", 0), asyncio.Event()
    task = asyncio.ensure_future(serve(app, listener, hall, bound=1.0, ready=ready.set, stopping=lambda: None))
    await ready.wait()
    server = Server(listener.getsockname()[1], hall, refused)
    try:
        yield server
    finally:
        for client in server.clients:
            client.close()
        await eventually(lambda: hall.inside == 0)
        task.cancel()
        await asyncio.wait([task])
        listener.close()
