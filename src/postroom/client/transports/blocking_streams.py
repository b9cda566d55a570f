"""The streams of a gateway, as iterators for programs without asyncio."""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Self, cast

from postroom.client.errors import ApiError
from postroom.client.operations.events import changes_request, stream_request
from postroom.client.reading import demand_stream
from postroom.client.resuming import SILENCE, Resuming
from postroom.client.server_sent import BlockReader
from postroom.client.state_changes import CHANGES_SILENCE, change_of, lost
from postroom.client.transports.blocking import BlockingTransport

if TYPE_CHECKING:
    from postroom.client.state_changes import AccountStateChange
    from postroom.schemas.answers.events import LoggedEvent

__all__ = ["BlockingEventStream", "state_changes"]


class BlockingEventStream:
    """The events after a position, as they happen. It connects again by itself and loses none.

    Iterate over it. `cursor` is the number up to which events were handed out: keep it to go on later. Gone is raised
    when events after it are no longer kept. Close it, or use it in a `with`, to end its connection at once.
    """

    def __init__(
        self,
        transport: BlockingTransport,
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

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> LoggedEvent:
        if self._is_closed:
            raise StopIteration
        try:
            return next(self._events)
        except BaseException:
            # Whatever breaks it off ends a generator, such as Ctrl-C. The next one goes on after the cursor.
            self._events = self._run()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the stream and its connection."""
        self._is_closed = True
        self._events.close()

    def _run(self) -> Generator[LoggedEvent, None, None]:
        while True:
            failed = None
            try:
                yield from self._connected()
            except ApiError as error:
                failed = error
            wait = self._resuming.wait_after(failed, random.random())  # noqa: S311
            if wait is None and failed is not None:
                raise failed
            time.sleep(wait or 0.0)

    def _connected(self) -> Iterator[LoggedEvent]:
        """Return the events of one connection."""
        request, reader = self._resuming.request(), BlockReader()
        with self._transport.open(request, SILENCE) as response:
            demand_stream(request, response.headers)
            for octets in self._transport.pieces(request, response):
                for block in reader.feed(octets):
                    event = self._resuming.take(block)
                    if event is not None:
                        yield cast("LoggedEvent", event)


def state_changes(transport: BlockingTransport) -> Iterator[AccountStateChange]:
    """Return the state changes of all accounts from now on. Raises Unreachable when the connection ends."""
    request, reader = changes_request(), BlockReader()
    with transport.open(request, CHANGES_SILENCE) as response:
        demand_stream(request, response.headers)
        for octets in transport.pieces(request, response):
            for block in reader.feed(octets):
                change = change_of(block)
                if change is not None:
                    yield change
    raise lost(request)
