"""Sends Server-Sent Events: a stream that reads on whenever it is woken.

A stream keeps only its position. It reads a page, sends it, and reads the next one when the client has taken it. So a
slow client costs no memory, and a silent stream costs only its comments.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import secrets as random
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Final, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from postroom.errors import Transient
from postroom.loops import run_once
from postroom.storage.wakeups import Waiter
from postroom.streaming.seats import Seat, Seats

MEDIA_TYPE: Final = "text/event-stream"

TICK: Final = 2.0
"""Seconds after which a stream tries again when it could not read."""

_KEEP_ALIVE: Final = b": keep-alive\n"
# Streams that were woken together send their comments at a few shared moments. Waking the loop for each of thousands of
# streams would take most of its time.
_MOMENTS: Final = 64
_SPREAD: Final = 8


class Feed(Protocol):
    """Where a stream gets its content."""

    def joined(self, waiter: Waiter) -> AbstractContextManager[None]:
        """Wake `waiter` when there is something to read, while the context is open."""
        ...

    async def read(self) -> tuple[bytes, bool] | None:
        """Return new content as text/event-stream (empty for none), and whether there is more already.

        None ends the stream. Raises Transient when it cannot be read now.
        """
        ...

    def position(self) -> bytes:
        """Return the line with the position for an idle client; empty when the stream cannot be resumed."""
        ...


def block(data: str, event: str, number: int | None = None) -> bytes:
    """Return one event of a stream; `data` must be on one line, as JSON is."""
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {event}\ndata: {data}\n\n".encode()


class EventStream(Response):
    """A stream of events. It ends when the client leaves, the token becomes invalid, or the gateway stops.

    A comment with the position is sent at the beginning, and after `keep_alive` seconds of silence. The seat is
    released at the end.
    """

    media_type = MEDIA_TYPE

    def __init__(self, greeting: str, source: Feed, seats: Seats, seat: Seat, keep_alive: float) -> None:
        # Response.__init__ is not called, because it would announce a length.
        self.status_code = 200
        self.background = None
        self.init_headers({"cache-control": "no-store", "x-accel-buffering": "no"})
        self._greeting = greeting
        self._source = source
        self._seats = seats
        self._seat = seat
        self._keep_alive = keep_alive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the client leaves or the seat is over."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                async with asyncio.TaskGroup() as group:
                    sending = group.create_task(run_once("event stream", lambda: self._send_all(send)))
                    leaving = group.create_task(_left(receive))
                    await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
                    sending.cancel()
                    leaving.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._seats.leave(self._seat)

    async def _send_all(self, send: Send) -> None:
        async def deliver(data: bytes) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": True})

        with self._source.joined(self._seat.waiter):
            # A client that loses its connection before the first event goes on from here.
            await deliver(f": {self._greeting}\n".encode() + self._source.position() + b"\n")
            await self._follow(deliver)

    async def _follow(self, deliver: Callable[[bytes], Awaitable[None]]) -> None:
        clock = asyncio.get_running_loop().time
        speaks_at = self._speaks_at(clock())
        while not self._seat.is_over:
            patience: float | None = None
            try:
                found = await self._source.read()
            except Transient:
                found, patience = (b"", False), TICK
            if found is None:
                return
            data, more = found
            if not data and clock() >= speaks_at:
                # An id without data is no event, but clients resume from it. So events that the client did not ask for
                # still move its position.
                data = _KEEP_ALIVE + self._source.position() + b"\n"
            if data:
                await deliver(data)
                speaks_at = self._speaks_at(clock())
            if not more:
                silent = max(speaks_at - clock(), 0.0)
                await self._seat.waiter.wait(silent if patience is None else min(silent, patience))

    def _speaks_at(self, now: float) -> float:
        """Return when a comment is due if nothing else is sent: a little before `keep_alive` has passed."""
        moment = self._keep_alive / _MOMENTS
        return (now + self._keep_alive - random.randbelow(_SPREAD) * moment) // moment * moment


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
