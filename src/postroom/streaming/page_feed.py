"""The source of a stream for a page of the dashboard: it names the parts of the page that are out of date.

The stream carries names, not content. The page asks for a part that was named, so there is one way to show it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, TypeAlias

import orjson

from postroom.accounts.changes.reader import ChangesReader, Watcher
from postroom.events.following import Follower, Following
from postroom.events.model import EVERYTHING, WantedEvents
from postroom.footprint.dataclass import dataclass
from postroom.storage.wakeups import Waiter
from postroom.streaming.event_stream import block

__all__ = ["CHECK", "PACE", "IsAdmitted", "PageFeed", "PageTopics"]

PACE: Final = 1.0
"""The shortest time between two messages, in seconds. Changes in between are told together."""

CHECK: Final = 10.0
"""Seconds after which the stream asks again whether its visitor is still signed in."""

IsAdmitted: TypeAlias = Callable[[], Awaitable[bool]]
"""Says whether the visitor is still signed in."""


@dataclass(frozen=True, slots=True)
class PageTopics:
    """What a page shows: all `accounts`, the `overview`, one `account`, the events of one account, the whole `log`."""

    accounts: bool = False
    overview: bool = False
    account: str | None = None
    events_of: str | None = None
    log: bool = False

    @property
    def needs_changes(self) -> bool:
        """Whether state changes of accounts concern the page."""
        return self.accounts or self.overview or self.account is not None

    def names(self) -> list[str]:
        """Return the names of all messages that the page may get."""
        chosen = {
            "accounts": self.accounts,
            "overview": self.overview,
            "account": self.account is not None,
            "events": self.events_of is not None,
            "log": self.log,
        }
        return [name for name, is_chosen in chosen.items() if is_chosen]

    def wanted(self) -> WantedEvents | None:
        """Return the events that concern the page, None if none do."""
        if self.log:
            return EVERYTHING
        return WantedEvents(self.events_of) if self.events_of is not None else None

    def concerned_by(self, account: str) -> list[str]:
        """Return the names of the messages about a state change of this account."""
        chosen = {"accounts": self.accounts, "overview": self.overview, "account": self.account == account}
        return [name for name, is_chosen in chosen.items() if is_chosen]


@dataclass(slots=True, kw_only=True)
class PageFeed:
    """Tells a page what to load again. The first message names everything: the page may be older than the stream."""

    topics: PageTopics
    changes: ChangesReader
    watcher: Watcher | None
    following: Following
    follower: Follower | None
    is_admitted: IsAdmitted
    _sent_at: float | None = None
    _checked_at: float | None = None

    @contextmanager
    def joined(self, waiter: Waiter) -> Iterator[None]:
        """Wake `waiter` when there is something to read, while the context is open."""
        with ExitStack() as stack:
            if self.watcher is not None:
                self.watcher.waiter = waiter
                stack.enter_context(self.changes.joined(self.watcher))
            if self.follower is not None:
                self.follower.waiter = waiter
                stack.enter_context(self.following.joined(self.follower))
            yield

    async def read(self) -> tuple[bytes, bool] | None:
        """Return the names of what has changed; None when the visitor is not signed in any more."""
        if not await self._may_stay():
            return None
        named = await self._news()
        if self._sent_at is None:
            named = set(self.topics.names())
        elif named:
            await asyncio.sleep(max(self._sent_at + PACE - self._now(), 0.0))
            named |= await self._news()
        if not named:
            return b"", False
        self._sent_at = self._now()
        return b"".join(_message(name, self.topics) for name in self.topics.names() if name in named), False

    def position(self) -> bytes:
        """Return nothing: a page that connects again loads everything."""
        return b""

    async def _news(self) -> set[str]:
        named: set[str] = set()
        if self.watcher is not None:
            while found := await self.changes.read(self.watcher):
                for change in found:
                    named.update(self.topics.concerned_by(change.account))
        if self.follower is not None and self.following.skip(self.follower):
            named.add("log" if self.topics.log else "events")
        return named

    async def _may_stay(self) -> bool:
        now = self._now()
        if self._checked_at is not None and now - self._checked_at < CHECK:
            return True
        is_admitted = await self.is_admitted()
        self._checked_at = now
        return is_admitted

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _message(name: str, topics: PageTopics) -> bytes:
    account = {"account": topics.account, "events": topics.events_of}.get(name)
    return block(orjson.dumps({} if account is None else {"account": account}).decode(), name)
