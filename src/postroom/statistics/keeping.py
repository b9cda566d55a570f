"""Adds what this process counted to the counted minutes of the installation, and removes old minutes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from postroom.clock import now_ms
from postroom.errors import OutcomeUnknown, StorageFailed
from postroom.log import get_logger
from postroom.loops import Timer, run_loop
from postroom.statistics import store
from postroom.statistics.window import LONGEST, MINUTE, beginning
from postroom.storage.database import Database
from postroom.storage.turns import WriteTurn

INTERVAL: Final = 10.0
_PRUNE_EVERY: Final = 60 * MINUTE
# A day of an outage with few names, or an hour with many. The oldest are lost first.
_MOST: Final = 20_000
_LAST_WRITE: Final = 2.0
log = get_logger("statistics")


class CountKeeper:
    """Takes the counts of one process from `take` and stores them.

    Counts are never stored twice. They are lost when the outcome of a write is unknown, and when the process is killed.
    While the database is away they wait in memory.
    """

    def __init__(self, db: Database, take: Callable[[], Counter[str]], clock: Callable[[], int] = now_ms) -> None:
        self._db = db
        self._take = take
        self._clock = clock
        self._waiting: dict[tuple[int, str], int] = {}
        # Counts belong to the minute in which this process last looked: it looks at the end of each minute.
        self._minute = beginning(clock())
        self._pruned_at = 0

    async def run(self) -> None:
        """Store what was counted until cancelled."""
        await run_loop("statistics", self._keep, Timer(), INTERVAL)

    async def finish(self) -> None:
        """Store the last counts, if the database takes them at once."""
        with suppress(StorageFailed, TimeoutError):
            async with asyncio.timeout(_LAST_WRITE):
                await self.store()

    async def store(self) -> None:
        """Store what was counted so far. Raises StorageUnavailable; the counts then wait for the next time."""
        self._collect()
        counts, self._waiting = self._waiting, {}
        if not counts:
            return
        try:
            await self._db.write(partial(store.add, counts=counts), turn=WriteTurn.PATIENT)
        except OutcomeUnknown as error:
            log.debug("counts may be lost", error=error.message)
        except StorageFailed:
            self._waiting = counts
            raise

    async def _keep(self, _hints: set[str]) -> float | None:
        await self.store()
        now = self._clock()
        if now - self._pruned_at > _PRUNE_EVERY:
            if await self._db.write(partial(store.prune, before=now - LONGEST * 1000 - MINUTE), turn=WriteTurn.PATIENT):
                return 0.0
            self._pruned_at = now
        return (MINUTE - now % MINUTE) / 1000

    def _collect(self) -> None:
        for name, number in self._take().items():
            key = (self._minute, name)
            self._waiting[key] = self._waiting.get(key, 0) + number
        self._minute = beginning(self._clock())
        while len(self._waiting) > _MOST:
            del self._waiting[next(iter(self._waiting))]
