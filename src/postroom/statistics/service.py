"""The service for statistics: what the whole installation did, by the minute or in a window of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from postroom.clock import now_ms
from postroom.statistics import store
from postroom.statistics.window import LONGEST, MINUTE, beginning
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection


class Statistics:
    """The counted minutes of one installation.

    A name has a family and a kind: `events:messageNew`, `deliveries:delivered`, `submissions:sent`, `signIns:refused`,
    `apiCalls:success`. `figures` lists them. Every process adds its counts each ten seconds, so the newest minute is
    not complete.
    """

    def __init__(self, db: Database, clock: Callable[[], int] = now_ms) -> None:
        self._db = db
        self._clock = clock

    async def minutes(self, names: Iterable[str], since_ms: int) -> Mapping[str, list[int]]:
        """Return one number per minute for each name, oldest first, up to the present minute.

        The first minute is that of `since_ms`, seven days ago at most. All lists have the same length, at least 1. A
        name without a colon stands for its family: `events` is the sum of all `events:…`. Raises StorageUnavailable.
        """
        last = beginning(self._clock())
        first = min(max(beginning(since_ms), last - LONGEST * 1000), last)
        wanted = list(names)

        def work(conn: Connection) -> dict[str, dict[int, int]]:
            return {name: store.by_minute(conn, name, first) for name in wanted}

        found = await self._db.read(work)
        every = range(first, last + MINUTE, MINUTE)
        return {name: [numbers.get(minute, 0) for minute in every] for name, numbers in found.items()}

    async def totals(self, seconds: int) -> Mapping[str, int]:
        """Return the sums by name of the last `seconds`, rounded up to whole minutes. Raises StorageUnavailable."""
        since = beginning(self._clock() - min(seconds, LONGEST) * 1000)
        return await self._db.read(partial(store.totals, since=since))
