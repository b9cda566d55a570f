"""A client of the streams, and a way to announce events for them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import sqlalchemy as sa
from yarl import URL

from postroom.clock import now_ms
from postroom.events.log import append
from postroom.events.types import AccountEvent
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, events
from tests.api.conftest import Client


@dataclass(frozen=True)
class Message:
    """One event of a stream; `data` is its JSON."""

    event: str
    data: Any
    id: int | None = None


@dataclass
class Stream:
    """An open stream. `comments` are those that came so far, `last_id` is where a client would resume."""

    response: aiohttp.ClientResponse
    comments: list[str] = field(default_factory=list)
    last_id: int | None = None

    async def next(self, timeout: float = 30.0) -> Message | None:
        """The next event; None when the stream ended."""
        async with asyncio.timeout(timeout):
            while True:
                fields = await self._block()
                if fields is None:
                    return None
                if "data" in fields:
                    number = int(fields["id"]) if "id" in fields else None
                    return Message(fields["event"], json.loads(fields["data"]), number)

    async def take(self, count: int) -> list[Message]:
        """The next events; fewer when the stream ended."""
        found = [await self.next() for _ in range(count)]
        return [message for message in found if message is not None]

    async def comment(self, text: str, timeout: float = 30.0) -> None:
        """Wait for a comment."""
        async with asyncio.timeout(timeout):
            while text not in self.comments:
                assert await self._block() is not None, "the stream ended"

    async def _block(self) -> dict[str, str] | None:
        fields: dict[str, str] = {}
        while line := (await self.response.content.readline()).decode():
            if line == "\n":
                self.last_id = int(fields["id"]) if "id" in fields else self.last_id
                return fields
            name, _, value = line.rstrip("\n").partition(": ")
            if name == "":
                self.comments.append(value)
            else:
                assert name not in fields
                fields[name] = value
        assert not fields, "the stream ended within an event"
        return None


@asynccontextmanager
async def listening(client: Client, path: str, **headers: str) -> AsyncIterator[Stream]:
    """Open a stream, and wait for its first comment."""
    sent = {"authorization": f"Bearer {client.token}"} if client.token else {}
    async with client.session.get(URL(client.base + path, encoded=True), headers=sent | headers) as response:
        assert response.status == 200, await response.text()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        stream = Stream(response)
        await stream.comment("Postroom 0.0.0")
        yield stream


async def announce(client: Client, account: str, *names: str, **data: Any) -> None:
    """Append events of an account to the log."""

    def work(conn: Connection) -> None:
        key = conn.execute(sa.select(accounts.c.key).where(accounts.c.account == account)).scalar_one()
        append(conn, key, account, [AccountEvent(name, data) for name in names], now_ms())

    await client.db.write(work)


async def logged(client: Client) -> list[int]:
    """The numbers of all events."""
    return list(await client.db.read(lambda conn: conn.execute(sa.select(events.c.seq)).scalars()))
