"""One reader of the state changes for all watchers of a process: it checks for new ones, and wakes the watchers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from postroom.accounts.changes import changes_store as changes
from postroom.accounts.changes.state_change import ChangesPlace, StateChange
from postroom.accounts.journal import STATE_TOPIC
from postroom.loops import run_loop
from postroom.storage.database import Database
from postroom.storage.wakeups import Waiter

POLL: Final = 2.0
"""Seconds after which the reader checks without a wake-up."""

PACE: Final = 0.05
"""The shortest time between two checks, in seconds. Changes in between are read together."""


class Watcher:
    """A watcher and its place. `has_news` stays set until all changes are read; setting it wakes `waiter`."""

    __slots__ = ("has_news", "place", "waiter")

    def __init__(self, place: ChangesPlace) -> None:
        self.place = place
        self.waiter = Waiter()
        self.has_news = True


class ChangesReader:
    """The watchers of one process, and the place that its reader has reached; None while nobody watches."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._watchers: set[Watcher] = set()
        self._waiter = db.wakeups.subscribe(STATE_TOPIC)
        self._looked = 0.0
        self._place: ChangesPlace | None = None

    async def run(self) -> None:
        """Check for changes until cancelled."""
        try:
            await run_loop("state changes for streams", self._look, self._waiter, POLL)
        finally:
            self._db.wakeups.unsubscribe(STATE_TOPIC, self._waiter)

    @contextmanager
    def joined(self, watcher: Watcher) -> Iterator[None]:
        """Wake a watcher for the time of the block."""
        self._watchers.add(watcher)
        self._waiter.hint("")
        try:
            yield
        finally:
            self._watchers.discard(watcher)

    async def here(self) -> ChangesPlace:
        """Return the place for a watcher that begins now. Raises StorageUnavailable."""
        return await self._db.read(changes.here)

    async def read(self, watcher: Watcher) -> list[StateChange]:
        """Return the next state changes of a watcher, none if there are no new ones. Raises StorageUnavailable."""
        if not watcher.has_news:
            return []
        watcher.has_news = False
        try:
            found, watcher.place = await self._db.read(partial(changes.read, place=watcher.place))
        except BaseException:
            watcher.has_news = True
            raise
        if found:
            watcher.has_news = True
        return found

    async def _look(self, _hints: set[str]) -> float | None:
        if not self._watchers:
            self._place = None
            return None
        clock = asyncio.get_running_loop().time
        if (wait := self._looked + PACE - clock()) > 0:
            await asyncio.sleep(wait)
        self._looked = clock()
        if self._place is None:
            # Changes between a watcher's last check and this place may have been missed, so all watchers check again.
            self._place = await self._db.read(changes.here)
            is_news = True
        else:
            found, self._place = await self._db.read(partial(changes.read, place=self._place))
            is_news = bool(found)
        if is_news:
            for watcher in self._watchers:
                watcher.has_news = True
                watcher.waiter.hint("")
        return 0.0 if is_news else None
