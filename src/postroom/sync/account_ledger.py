"""Writes the results of an account's sync: each transaction holds the new state and the events that report it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from postroom.accounts.journal import check_lease
from postroom.accounts.lifecycle import State
from postroom.accounts.model import Lease
from postroom.accounts.store import insert_timeline
from postroom.events.log import append, ask_numbers
from postroom.events.rides import Ride, Rides, write_along
from postroom.events.types import Event
from postroom.storage.database import Database
from postroom.storage.outage import outlast
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn
from postroom.sync import store
from postroom.sync.moves.waiting import Moves
from postroom.sync.progress import Progress
from postroom.traces import context, part

T = TypeVar("T")


class AccountLedger:
    """The writer of one account under one lease. Raises LeaseLost and OutcomeUnknown.

    If the database is away, the writer waits for it. The connection to the mail server stays open, and the results are
    written later, unless another node owns the account by then.
    `turn` is the priority of the writes. They may wait until the first sync of the connection is done. `indexes` says
    whether the index of threads is kept. `moves` are the moves of its messages. `rides` let webhooks go along.
    """

    __slots__ = ("_clock", "_db", "_order", "_rides", "indexes", "lease", "moves", "progress", "turn")

    def __init__(self, db: Database, lease: Lease, clock: Callable[[], int], rides: Rides | None = None) -> None:
        self._db = db
        self._rides = rides or Rides()
        self._clock = clock
        # Progress is written in the order of the calls, so that the last one is the newest.
        self._order = asyncio.Lock()
        self.lease = lease
        self.progress = Progress()
        self.turn = WriteTurn.PATIENT
        self.indexes = False
        self.moves = Moves(self, lease.key)

    def now(self) -> int:
        """The time in milliseconds since 1970."""
        return self._clock()

    async def write(self, work: Callable[[Connection], tuple[T, Sequence[Event]]], *, announces: bool = False) -> T:
        """Run `work`, append the events it returns, and note the time of the sync, all or nothing.

        `announces` says that it will probably return some. Then what that needs is asked for with what the work needs.
        """
        async with self._order:
            return await self._write(work, announces=announces)

    async def _write(self, work: Callable[[Connection], tuple[T, Sequence[Event]]], *, announces: bool) -> T:
        now, trace = self._clock(), context()
        progress, milestone = self.progress.to_write(now), self.progress.milestone(now)

        def fenced(conn: Connection, ride: Ride | None) -> T:
            check_lease(conn, self.lease, sync_time=now)
            numbers = ask_numbers(conn, self.lease.key) if announces else None
            result, events = work(conn)
            append(conn, self.lease.key, self.lease.account, events, now, trace=trace, numbers=numbers, ride=ride)
            if progress is not None:
                store.note_progress(conn, self.lease.key, progress)
            if milestone is not None:
                insert_timeline(conn, self.lease.key, State.SYNCING, now, milestone)
            return result

        with part("sync.store"):
            result = await outlast(self._db, lambda: write_along(self._db, self._rides, fenced, self.turn))
        if progress is not None:
            self.progress.written(now, progress)
        if milestone is not None:
            self.progress.passed_milestone(now)
        return result

    async def note(self, connections: int) -> None:
        """Write `progress` and the number of open connections. It does not change the time of the last full sync."""
        async with self._order:
            shown = self.progress.told()

            def fenced(conn: Connection) -> None:
                check_lease(conn, self.lease, connections=connections)
                store.note_progress(conn, self.lease.key, shown)

            await outlast(self._db, lambda: self._db.write(fenced, turn=self.turn))
            self.progress.written(self._clock(), shown)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Read what is stored."""
        return await outlast(self._db, lambda: self._db.read(work))

    async def release(self) -> None:
        """Announce as deleted what left its folder and was not found in another one."""
        if not self.moves.may_hold:
            return
        if await self.read(lambda conn: self.moves.book(conn).holds()):
            await self.write(lambda conn: (None, self.moves.book(conn).release()))
        self.moves.released()

    async def touch(self) -> None:
        """Note that the whole account is up to date now."""
        await self.write(lambda _conn: (None, ()))
