"""Answers that do not end by themselves: Server-Sent Events, each stream reading on when it is woken.

A stream keeps nothing but its place. It reads a page, sends it, and reads on once the client has taken it, so a slow
client costs no memory. https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from postroom.errors import Transient
from postroom.loops import run_once
from postroom.storage.database import Database
from postroom.storage.wakeups import Waiter

MEDIA_TYPE: Final = "text/event-stream"
MOST: Final = 1000
"""How many streams one process serves at a time."""

TICK: Final = 2.0
"""Seconds after which a stream that nobody woke looks whether there is something to send, and whether it may."""

PACE: Final = 0.05
"""A stream does not read more often than this, in seconds: what happens meanwhile is sent together."""

_SETTLING: Final = 0.25
_KEEP_ALIVE: Final = b": keep-alive\n"
_CLOSING: Final = "closing"


class TooManyStreams(Transient):
    """As many streams are open as one process serves."""

    code = "TooManyStreams"

    def __init__(self) -> None:
        super().__init__(f"{MOST} streams are open already; close one, or try again later", retry_after=5.0)


class Source(Protocol):
    """What a stream sends."""

    async def read(self) -> tuple[bytes, bool] | None:
        """Return what is new as text/event-stream, empty for nothing, and whether there is more at once.

        None ends the stream. Raises Transient when it cannot be told now.
        """
        ...

    def position(self) -> bytes:
        """Return the line that tells a silent client how far it has come; empty when there is nothing to resume."""
        ...


def block(data: str, event: str, number: int | None = None) -> bytes:
    """Return one event of a stream; `data` must be on one line, as JSON is."""
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {event}\ndata: {data}\n\n".encode()


class OpenStreams:
    """The open streams of a process. Once `close` was called they all end."""

    def __init__(self) -> None:
        self.closing = False
        self._waiters: set[Waiter] = set()

    def __len__(self) -> int:
        return len(self._waiters)

    def check_room(self) -> None:
        """Raise TooManyStreams when there is no room for one more."""
        if len(self._waiters) >= MOST:
            raise TooManyStreams

    def close(self) -> None:
        """End all streams, and any that is opened later."""
        self.closing = True
        for waiter in self._waiters:
            waiter.hint(_CLOSING)

    @contextmanager
    def joined(self, db: Database, topic: str) -> Iterator[Waiter]:
        """Count one more stream; yield what wakes it."""
        waiter = db.wakeups.subscribe(topic)
        self._waiters.add(waiter)
        try:
            yield waiter
        finally:
            self._waiters.discard(waiter)
            db.wakeups.unsubscribe(topic, waiter)


@dataclass(frozen=True, slots=True)
class Watch:
    """What keeps a stream going: `topic` wakes it, `allowed` says whether the client may still have it.

    `keep_alive` is after how many seconds of silence a comment is sent, with the position.
    """

    db: Database
    streams: OpenStreams
    topic: str
    keep_alive: float
    allowed: Callable[[], Awaitable[bool]]


class EventStream(Response):
    """A stream of events, which ends when the client leaves, the token is no longer good, or the gateway stops."""

    media_type = MEDIA_TYPE

    def __init__(self, greeting: str, source: Source, watch: Watch) -> None:
        # Without a body, so that no length is announced.
        self.status_code = 200
        self.background = None
        self.init_headers({"cache-control": "no-store", "x-accel-buffering": "no"})
        self._greeting = greeting
        self._source = source
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until one of the three ends it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(run_once("event stream", lambda: self._send_all(send)))
                leaving = group.create_task(_left(receive))
                await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
                sending.cancel()
                leaving.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_all(self, send: Send) -> None:
        async def deliver(data: bytes) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": True})

        with self._watch.streams.joined(self._watch.db, self._watch.topic) as waiter:
            await deliver(f": {self._greeting}\n\n".encode())
            await self._follow(deliver, waiter)

    async def _follow(self, deliver: Callable[[bytes], Awaitable[None]], waiter: Waiter) -> None:
        watch = self._watch
        clock = asyncio.get_running_loop().time
        spoke = clock()
        patience = TICK
        while not watch.streams.closing and await watch.allowed():
            began = clock()
            found = await self._read()
            if found is None:
                return
            data, more = found
            if not data and clock() - spoke >= watch.keep_alive:
                # An id without data is no event, but clients resume from it: what they did not ask for is passed too.
                data = _KEEP_ALIVE + self._source.position() + b"\n"
            if data:
                await deliver(data)
                spoke = clock()
            if more:
                continue
            hints = await waiter.wait(max(min(patience, spoke + watch.keep_alive - clock()), 0.0))
            if hints and clock() - began < PACE:
                await asyncio.sleep(began + PACE - clock())
            # PostgreSQL shows what was announced only when all transactions before it have ended, of which none hints.
            patience = _SETTLING if hints and watch.db.dialect == "postgresql" else TICK

    async def _read(self) -> tuple[bytes, bool] | None:
        try:
            return await self._source.read()
        except Transient:
            return b"", False


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
