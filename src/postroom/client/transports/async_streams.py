"""The streams of a gateway, as iterators for asyncio."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Self, cast

from postroom.client.errors import ApiError
from postroom.client.operations.events import changes_request, stream_request
from postroom.client.reading import demand_stream
from postroom.client.resuming import SILENCE, Resuming
from postroom.client.server_sent import BlockReader
from postroom.client.state_changes import CHANGES_SILENCE, change_of, lost
from postroom.client.transports.asynchronous import AsyncTransport

if TYPE_CHECKING:
    from postroom.client.state_changes import AccountStateChange
    from postroom.schemas.answers.events import LoggedEvent

__all__ = ["AsyncEventStream", "state_changes"]


class AsyncEventStream:
    """The events after a position, as they happen. It connects again by itself and loses none.

    Iterate over it. `cursor` is the number up to which events were handed out: keep it to go on later. Gone is raised
    when events after it are no longer kept. Close it, or use it in an `async with`, to end its connection at once.
    """

    def __init__(
        self,
        transport: AsyncTransport,
        *,
        since: int | None = None,
        account: str | None = None,
        types: Sequence[str] | None = None,
    ) -> None:
        self._transport = transport
        self._resuming = Resuming(
            lambda cursor: stream_request(cursor, account, types), since, transport.connecting.retries
        )
        self._events = self._run()
        self._is_closed = False

    @property
    def cursor(self) -> int | None:
        """The number up to which events were handed out; None before the stream knows where it begins."""
        return self._resuming.cursor

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LoggedEvent:
        if self._is_closed:
            raise StopAsyncIteration
        try:
            return await anext(self._events)
        except BaseException:
            # Whatever breaks it off ends a generator, such as a time limit. The next one goes on after the cursor.
            self._events = self._run()
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the stream and its connection."""
        self._is_closed = True
        await self._events.aclose()

    async def _run(self) -> AsyncGenerator[LoggedEvent]:
        while True:
            failed = None
            try:
                async with aclosing(self._connected()) as events:
                    async for event in events:
                        yield event
            except ApiError as error:
                failed = error
            wait = self._resuming.wait_after(failed, random.random())  # noqa: S311
            if wait is None and failed is not None:
                raise failed
            await asyncio.sleep(wait or 0.0)

    async def _connected(self) -> AsyncGenerator[LoggedEvent]:
        """Return the events of one connection."""
        request, reader = self._resuming.request(), BlockReader()
        async with (
            self._transport.open(request, SILENCE) as response,
            aclosing(self._transport.pieces(request, response)) as pieces,
        ):
            demand_stream(request, response.headers)
            async for octets in pieces:
                for block in reader.feed(octets):
                    event = self._resuming.take(block)
                    if event is not None:
                        yield cast("LoggedEvent", event)


async def state_changes(transport: AsyncTransport) -> AsyncIterator[AccountStateChange]:
    """Return the state changes of all accounts from now on. Raises Unreachable when the connection ends."""
    request, reader = changes_request(), BlockReader()
    async with (
        transport.open(request, CHANGES_SILENCE) as response,
        aclosing(transport.pieces(request, response)) as pieces,
    ):
        demand_stream(request, response.headers)
        async for octets in pieces:
            for block in reader.feed(octets):
                change = change_of(block)
                if change is not None:
                    yield change
    raise lost(request)
