"""Reads the log once for all followers in a process, and wakes the followers that want a new event.

A woken follower reads by itself, from its own position up to the reader's. The other followers move along with the
reader without reading, so thousands of idle followers cost nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from postroom.events import cursor
from postroom.events.log import TOPIC
from postroom.events.model import EventKind, EventsPage, LogNews, WantedEvents
from postroom.loops import run_loop
from postroom.storage.database import Database
from postroom.storage.wakeups import Waiter

POLL: Final = 2.0
"""Seconds after which the reader looks at the log without being woken."""

PACE: Final = 0.05
"""The least seconds between two looks at the log. Events in between are read together."""

# On PostgreSQL the reader must wait for older transactions to end, and nothing wakes it when they do.
_SETTLING: Final = 0.25


class Follower:
    """A reader that follows the log. It has read everything that it wants up to `position`.

    `waiter` is woken when there may be something to read. `is_concerned` stays set until that is read.
    """

    __slots__ = ("is_concerned", "position", "waiter", "wanted")

    def __init__(self, wanted: WantedEvents, position: int) -> None:
        self.wanted = wanted
        self.position = position
        self.waiter = Waiter()
        self.is_concerned = True

    def concern(self) -> None:
        """Wake the follower: there may be something to read."""
        self.is_concerned = True
        self.waiter.hint("")


class Following:
    """The followers of one process, and their common reader. The log is complete up to `position`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._followers: set[Follower] = set()
        self._waiter = Waiter()
        self._looked = 0.0
        self.position = 0

    async def run(self) -> None:
        """Read until cancelled."""
        await run_loop("reading the log for streams", self._look, self._waiter, POLL)

    @contextmanager
    def joined(self, follower: Follower) -> Iterator[None]:
        """Wake a follower and move it along while the context is open."""
        if not self._followers:
            # Without followers no event wakes the reader.
            self._db.wakeups.enlist(TOPIC, self._waiter)
        self._followers.add(follower)
        self._waiter.hint("")
        try:
            yield
        finally:
            self._followers.discard(follower)
            if not self._followers:
                self._db.wakeups.unsubscribe(TOPIC, self._waiter)

    async def read(self, follower: Follower, *, limit: int, max_size: int) -> EventsPage:
        """Return the next events of a follower, empty when there are none. Raises CursorExpired, StorageUnavailable.

        New events that the follower wants may arrive while the page is read. Then it must read again.
        """
        known = self.position
        if not follower.is_concerned or follower.position == known:
            follower.is_concerned = False
            return EventsPage([], follower.position, more=False)
        follower.is_concerned = False
        upto = known if follower.position < known else None
        query = partial(
            cursor.page, after=follower.position, wanted=follower.wanted, upto=upto, limit=limit, max_size=max_size
        )
        try:
            found = await self._db.read(query)
        except BaseException:
            follower.is_concerned = True
            raise
        if found.more:
            follower.is_concerned = True
        follower.position = max(found.cursor, self.position if not follower.is_concerned else 0)
        return found

    def skip(self, follower: Follower) -> bool:
        """Move a follower to the reader's position without reading; return whether there may be an event it wants."""
        is_concerned, follower.is_concerned = follower.is_concerned, False
        follower.position = max(follower.position, self.position)
        return is_concerned

    async def _look(self, _hints: set[str]) -> float | None:
        if not self._followers:
            return None
        clock = asyncio.get_running_loop().time
        if (wait := self._looked + PACE - clock()) > 0:
            await asyncio.sleep(wait)
        self._looked = clock()
        seen = await self._db.read(partial(cursor.news, after=self.position))
        self._pass_on(seen)
        return _SETTLING if seen.is_behind else None

    def _pass_on(self, seen: LogNews) -> None:
        """Wake the followers that want the news. Move the others along if they had read everything before it."""
        before, self.position = self.position, seen.position
        if seen.position == before:
            return
        concerns = _judge(seen.kinds)
        is_another_log = seen.position < before
        for follower in self._followers:
            if is_another_log:
                follower.concern()
            elif follower.position >= seen.position:
                continue
            elif concerns(follower.wanted):
                follower.concern()
            elif not follower.is_concerned and follower.position >= before:
                follower.position = seen.position


def _judge(kinds: frozenset[EventKind] | None) -> Callable[[WantedEvents], bool]:
    """Return a function that says whether any of these kinds is wanted; None stands for all kinds.

    There may be many kinds and many followers, so the kinds are indexed by account.
    """
    if kinds is None:
        return lambda _wanted: True
    by_account: dict[str, list[EventKind]] = {}
    for kind in kinds:
        by_account.setdefault(kind.account, []).append(kind)
    types = {kind.type for kind in kinds}

    def concerns(wanted: WantedEvents) -> bool:
        if wanted.account is None and wanted.key is None:
            return not wanted.types or not types.isdisjoint(wanted.types)
        return any(wanted.has(kind) for kind in by_account.get(wanted.account or "", ()))

    return concerns
