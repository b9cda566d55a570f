"""Reads the event log for reports and notes each as a row, in one transaction with the place in the log.

One process reads at a time, and another one takes over when its lease ends. A new installation begins at the end of the
log. Only a report wakes the reader; it passes over other events when it next looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from postroom.errors import StorageFailed
from postroom.events import cursor
from postroom.events import log as event_log
from postroom.events.model import CursorExpired, EventsPage
from postroom.log import get_logger
from postroom.loops import run_loop
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake
from postroom.submission.reports import found_store, log_store
from postroom.submission.reports.announced import WANTED, found_in
from postroom.submission.reports.model import TOPIC, FoundReport

__all__ = ["ReportReader"]

POLL: Final = 5.0
PACE: Final = 0.25
"""Seconds between two looks at the log. Events in between are read together."""

LEASE_MS: Final = 30_000
_PAGE: Final = 100
_LARGEST: Final = 8 * 1024 * 1024
_KEPT_MS: Final = 7 * 86_400_000
"""How long a report is known after it was found, for when it is moved or copied."""

_NAME: Final = "reading the log for reports"
log = get_logger("submission")


class ReportReader:
    """Reads the log of one database, for one process. `me` is the name of this process in claims."""

    def __init__(self, db: Database, me: str, clock: Callable[[], int]) -> None:
        self._db = db
        self._me = me
        self._clock = clock
        self._waiter = db.wakeups.subscribe(event_log.REPORTS_TOPIC)
        # The place as it is stored, None while this process does not read; and how far this process has read.
        self._stored: int | None = None
        self._position = 0
        self._renew_at = 0
        self._ask_at = 0.0

    async def run(self) -> None:
        """Read until cancelled; then let another process read."""
        try:
            await run_loop(_NAME, self._look, self._waiter, POLL)
        finally:
            self._db.wakeups.unsubscribe(event_log.REPORTS_TOPIC, self._waiter)
            with suppress(StorageFailed):
                await self._db.write(lambda conn: log_store.release(conn, self._me))

    async def _look(self, hints: set[str]) -> float | None:
        if self._stored is None and asyncio.get_running_loop().time() < self._ask_at:
            return None
        if hints:
            await asyncio.sleep(PACE)
        if self._stored is None or self._clock() >= self._renew_at:
            self._stored = await self._claimed()
        if self._stored is None:
            return None
        read = await self._db.read(partial(_page, after=self._position))
        found = [report for event in read.events if (report := found_in(event)) is not None]
        if found:
            await self._store(read.cursor, found)
        self._position = read.cursor
        # Who was overtaken looks again at once: the lease may be free.
        return 0.0 if read.more or self._stored is None else None

    async def _claimed(self) -> int | None:
        """Claim or keep the log; return the stored place, None while another process reads."""
        before, self._stored = self._stored, None
        now = self._clock()
        place = await self._db.read(log_store.place)
        if place is None:
            # Only a read tells how far the log is complete: a write may share an older transaction.
            end = await self._db.read(cursor.here)
            await self._db.write(lambda conn: log_store.begin(conn, end))
        elif place.claimed_by not in (None, self._me) and place.until > now and self._db.dialect != "sqlite":
            # Every report is a hint, and says nothing about whether the other process still reads.
            self._ask_at = asyncio.get_running_loop().time() + POLL / 2
            return None
        claimed = await self._db.write(partial(self._claim, now=now, keeps=before))
        if claimed is not None and before is None:
            self._position = claimed
        self._renew_at = now + LEASE_MS // 2
        return claimed

    def _claim(self, conn: Connection, *, now: int, keeps: int | None) -> int | None:
        """Claim the log. If this process has read it until now, store how far, and forget old reports."""
        until = now + LEASE_MS
        place = log_store.claim(conn, self._me, now, until)
        if place is None or place != keeps:
            return place
        found_store.prune(conn, now - _KEPT_MS)
        if self._position != place:
            log_store.advance(conn, self._me, place, self._position, until)
        return self._position

    async def _store(self, position: int, found: Sequence[FoundReport]) -> None:
        """Store the reports and the place after them. If another process took over, it finds them itself."""
        before, self._stored = self._stored, None
        now = self._clock()

        def work(conn: Connection) -> int | None:
            if before is None or not log_store.advance(conn, self._me, before, position, now + LEASE_MS):
                return None
            wake(conn, TOPIC)
            return found_store.add(conn, found, now)

        added = await self._db.write(work)
        if added is None:
            return
        self._stored = position
        if added:
            log.info("reports about deliveries came in", reports=added)


def _page(conn: Connection, *, after: int) -> EventsPage:
    """Return the next reports in the log. Where the log was cut or replaced, reading goes on at what is left."""
    try:
        return cursor.page(conn, after, wanted=WANTED, limit=_PAGE, max_size=_LARGEST)
    except CursorExpired as error:
        return EventsPage([], error.oldest, more=True)
