"""The sources of streams: the events of the log, and the state changes of all accounts."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Final

import orjson

from postroom.accounts.changes.reader import ChangesReader, Watcher
from postroom.configuration.runtime import RuntimeSettings
from postroom.events.following import Follower, Following
from postroom.events.model import CursorExpired, LoggedEvent
from postroom.footprint.dataclass import dataclass
from postroom.schemas.showing.accounts import state_change
from postroom.storage.wakeups import Waiter
from postroom.streaming.event_stream import block

_PAGE: Final = 100
_PAGE_SIZE: Final = 1024 * 1024


@dataclass(slots=True)
class LogFeed:
    """The source of the events that a follower wants."""

    following: Following
    runtime: RuntimeSettings
    follower: Follower

    def joined(self, waiter: Waiter) -> AbstractContextManager[None]:
        """Wake `waiter` when there is something to read, while the context is open."""
        self.follower.waiter = waiter
        return self.following.joined(self.follower)

    async def read(self) -> tuple[bytes, bool] | None:
        """Return the next events; None when they are no longer kept because the client was too slow."""
        # Read the settings before the follower moves. Otherwise events would be lost when the settings cannot be read.
        service_url = (await self.runtime.get()).service_url if self.follower.is_concerned else None
        try:
            found = await self.following.read(self.follower, limit=_PAGE, max_size=_PAGE_SIZE)
        except CursorExpired:
            return None
        if not found.events:
            return b"", found.more
        texts = zip(found.events, shown(found.events, service_url), strict=True)
        return b"".join(block(text, event.type, event.seq) for event, text in texts), found.more

    def position(self) -> bytes:
        """Return the number up to which the log was read, including events that the follower does not want."""
        return f"id: {self.follower.position}\n".encode()


@dataclass(slots=True)
class StateFeed:
    """The source of the state changes of all accounts since a position."""

    reader: ChangesReader
    watcher: Watcher

    def joined(self, waiter: Waiter) -> AbstractContextManager[None]:
        """Wake `waiter` when there is something to read, while the context is open."""
        self.watcher.waiter = waiter
        return self.reader.joined(self.watcher)

    async def read(self) -> tuple[bytes, bool] | None:
        """Return the next state changes."""
        found = await self.reader.read(self.watcher)
        texts = [orjson.dumps(state_change(change)).decode() for change in found]
        return b"".join(block(text, "message") for text in texts), bool(found)

    def position(self) -> bytes:
        """Return nothing: this stream cannot be resumed."""
        return b""


def shown(found: Iterable[LoggedEvent], service_url: str | None) -> list[str]:
    """Return events as JSON: the event's number and id, then the members of the webhook's body."""
    origin = orjson.dumps(service_url).decode()
    return [f'{{"seq":{each.seq},"id":"{each.id}","serviceUrl":{origin},{each.payload[1:]}' for each in found]
