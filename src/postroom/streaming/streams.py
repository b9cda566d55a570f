"""Opens the streams of one process, and runs the readers that all of them share."""

from __future__ import annotations

from typing import Final

from postroom.access.service import Tokens
from postroom.access.tokens import Token
from postroom.accounts.changes.reader import ChangesReader, Watcher
from postroom.configuration.runtime import RuntimeSettings
from postroom.events.following import Follower, Following
from postroom.events.model import WantedEvents
from postroom.events.reader import EventReader
from postroom.storage.database import Database
from postroom.streaming.event_stream import EventStream, Feed
from postroom.streaming.feeds import LogFeed, StateFeed
from postroom.streaming.page_feed import IsAdmitted, PageFeed, PageTopics
from postroom.streaming.seats import SeatHolder, Seats, StreamShares, holder_of
from postroom.tasks import together

KEEP_ALIVE: Final = 15.0
CHANGES_KEEP_ALIVE: Final = 90.0
PAGE_KEEP_ALIVE: Final = 15.0
"""Seconds of silence after which a stream sends a comment."""


class Streams:
    """The streams of one process, and the readers that all of them share."""

    def __init__(
        self, *, db: Database, tokens: Tokens, runtime: RuntimeSettings, shares: StreamShares, version: str
    ) -> None:
        self._runtime = runtime
        self._greeting = f"Postroom {version}"
        self._events = EventReader(db)
        self._following = Following(db)
        self._changes = ChangesReader(db)
        self.seats = Seats(db, tokens, shares)

    async def run(self) -> None:
        """Run the shared readers until cancelled."""
        await together(self.seats.run(), self._following.run(), self._changes.run())

    def close(self) -> None:
        """End all streams, and any opened later."""
        self.seats.close()

    async def events(self, caller: Token, address: str | None, wanted: WantedEvents, since: int | None) -> EventStream:
        """Open a stream of the log after event number `since`; None begins after the newest event.

        Raises TooManyStreams, TooManyStreamsOfToken, CursorExpired, StorageUnavailable.
        """
        holder = holder_of(caller)
        self.seats.check_room(holder)
        begin = await self._events.here() if since is None else since
        # An expired cursor is refused with a status, which is only possible before the stream begins.
        await self._events.demand(begin)
        feed = LogFeed(self._following, self._runtime, Follower(wanted, begin))
        return self._open(holder, address, feed, KEEP_ALIVE)

    async def changes(self, caller: Token, address: str | None) -> EventStream:
        """Open a stream of the state changes of all accounts from now on.

        Raises TooManyStreams, TooManyStreamsOfToken, StorageUnavailable.
        """
        holder = holder_of(caller)
        self.seats.check_room(holder)
        feed = StateFeed(self._changes, Watcher(await self._changes.here()))
        return self._open(holder, address, feed, CHANGES_KEEP_ALIVE)

    async def page(self, session: str, topics: PageTopics, is_admitted: IsAdmitted) -> EventStream:
        """Open a stream that tells a page of the dashboard which of its parts are out of date.

        It ends soon after `is_admitted` says no. Raises TooManyStreams, StorageUnavailable.
        """
        holder = SeatHolder(("page", session), is_operator=True)
        self.seats.check_room(holder)
        watcher = Watcher(await self._changes.here()) if topics.needs_changes else None
        wanted = topics.wanted()
        follower = Follower(wanted, await self._events.here()) if wanted is not None else None
        feed = PageFeed(
            topics=topics,
            changes=self._changes,
            watcher=watcher,
            following=self._following,
            follower=follower,
            is_admitted=is_admitted,
        )
        return self._open(holder, None, feed, PAGE_KEEP_ALIVE)

    def _open(self, holder: SeatHolder, address: str | None, feed: Feed, keep_alive: float) -> EventStream:
        """Take a seat and return the stream, which releases it. Nothing that may fail comes in between."""
        return EventStream(self._greeting, feed, self.seats, self.seats.take(holder, address), keep_alive)
