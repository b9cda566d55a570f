"""Writes that wait together share a transaction, because its begin and commit cost more than most of the work.

One group is under way at a time, and the writes that come meanwhile make the next one. A group that has waited for a
while gets a connection of its own, so no write waits long for another.

The pieces of work of a group run one after the other. Work that fails before it changed anything fails alone. Work that
fails later spoils the transaction: it is undone, and everything in it runs again, the spoiler by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy.util import greenlet_spawn

from postroom.errors import OutcomeUnknown, StorageFailed, StorageUnavailable
from postroom.storage.engines.job import Job
from postroom.storage.engines.postgres.faults import DRIVER_ERRORS, unavailable
from postroom.storage.engines.postgres.sessions import DatabaseSession, DatabaseSessions, LostSession
from postroom.storage.engines.postgres.transactions import commit, write
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn, WriteTurns

__all__ = ["WriteGroups"]

T = TypeVar("T")

GROUP: Final = 64
"""How many pieces of work share a transaction at most. It holds all their locks until its end."""
_WRITERS: Final = 8
_OVERDUE: Final = 0.01
"""Seconds after which a waiting group gets a connection of its own."""
# Work of another transaction may wait for a lock of this group, and this group for a lock of that one, in ways that no
# piece of work alone can. So a group gives up soon, and its work runs again, each piece by itself.
_LOCK_TIMEOUT: Final = "SET LOCAL lock_timeout = 200"
_SPOILT_AT_MOST: Final = 3
_LAST_WORK: Final = 10.0


class WriteGroups:
    """The writers of a process; each runs one group after the other while there is work."""

    def __init__(self, sessions: DatabaseSessions) -> None:
        self._sessions = sessions
        self._turns: WriteTurns[Job] = WriteTurns(GROUP)
        self._calls: asyncio.Queue[None] = asyncio.Queue()
        self._called = 0
        self._busy = 0
        self._timer: asyncio.TimerHandle | None = None
        self._writers: list[asyncio.Task[None]] = []
        self._rest = asyncio.Event()
        self._rest.set()

    def start(self) -> None:
        """Be ready for work. Call it on the event loop."""
        loop = asyncio.get_running_loop()
        self._writers = [loop.create_task(self._write_on(), name=f"postgres-writer-{n}") for n in range(_WRITERS)]

    async def close(self) -> None:
        """Finish the work that waits. Work that takes longer than some seconds is undone."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORK):
                await self._rest.wait()
        if self._timer is not None:
            self._timer.cancel()
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.cancel()
        await asyncio.gather(*writers, return_exceptions=True)
        while jobs := self._turns.take(time.monotonic()):
            _fail(jobs, _closed("nothing was stored", StorageUnavailable))
            for job in jobs:
                job.answer()

    async def submit(self, work: Callable[[Connection], T], turn: WriteTurn) -> T:
        """Return the result of `work` once it is durable. A caller who leaves does not stop work that has begun."""
        caller: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._turns.add(Job(work, caller, turn), turn)
        if not self._busy and not self._called:
            self._call()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_OVERDUE, self._relieve)
        return await caller

    def _call(self) -> None:
        self._called += 1
        self._rest.clear()
        self._calls.put_nowait(None)

    def _relieve(self) -> None:
        self._timer = None
        if self._turns and self._busy + self._called < _WRITERS:
            self._call()
            self._timer = asyncio.get_running_loop().call_later(_OVERDUE, self._relieve)

    async def _write_on(self) -> None:
        while True:
            await self._calls.get()
            self._called -= 1
            self._busy += 1
            try:
                while jobs := self._turns.take(time.monotonic()):
                    await self._run(jobs)
            finally:
                self._busy -= 1
                if not (self._turns or self._busy or self._called):
                    self._rest.set()

    async def _run(self, jobs: list[Job]) -> None:
        try:
            alone = await self._run_together(jobs) if len(jobs) > 1 else jobs
            # What is committed is told at once: the others may wait for locks.
            for job in jobs:
                if job not in alone:
                    job.answer()
            if len(alone) == 1:
                await self._run_alone(alone[0])
            elif alone:
                async with asyncio.TaskGroup() as group:
                    for job in alone:
                        group.create_task(self._run_alone(job))
        except asyncio.CancelledError:
            _fail(jobs, _closed("whether the change was stored is not known", OutcomeUnknown))
            raise
        finally:
            for job in jobs:
                job.answer()

    async def _run_alone(self, job: Job) -> None:
        job.failure = None
        try:
            job.result = await write(self._sessions, job.do)
        except asyncio.CancelledError:
            # Only `close` cancels, and what to tell the callers then is decided in one place.
            raise
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who asked for it
            job.failure = error
        job.answer()

    async def _run_together(self, jobs: Sequence[Job]) -> list[Job]:
        """Run jobs in one transaction; returns those that have to run alone."""
        together, alone, losses = list(jobs), list[Job](), 0
        while len(together) > 1 and len(alone) < _SPOILT_AT_MOST:
            try:
                spoiler = await self._attempt(together)
            except _RefusedCommit:
                break
            except LostSession as lost:
                losses += 1
                if losses > 1:
                    _fail(together, lost.error)
                    return alone
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # noqa: BLE001 - handed to the callers, who asked for it
                _fail(together, error)
                return alone
            else:
                if spoiler is None:
                    return alone
                together.remove(spoiler)
                alone.append(spoiler)
        return together + alone

    async def _attempt(self, jobs: list[Job]) -> Job | None:
        """Return the job that spoilt the transaction, None when all is done."""
        async with self._sessions.lent() as session:
            await session.begin(_LOCK_TIMEOUT)
            spoiler: Job | None = await greenlet_spawn(_run_each, session, jobs)
            if spoiler is None:
                await _commit(session)
        return spoiler


class _RefusedCommit(Exception):
    """The server refused the commit, or could not be asked for it."""


async def _commit(session: DatabaseSession) -> None:
    try:
        await commit(session)
    except OutcomeUnknown:
        raise
    except (*DRIVER_ERRORS, StorageFailed) as error:
        # Nothing was stored, so each piece of work may run again.
        raise _RefusedCommit from error


def _run_each(session: DatabaseSession, jobs: Sequence[Job]) -> Job | None:
    """Run the work of each job; stops at the one that spoils the transaction, and returns it."""
    conn = session.conn
    for job in jobs:
        conn.changed, wakes = False, len(conn.wakes)
        job.failure = None
        try:
            job.result = job.do(conn)
            conn.flush()
        except DRIVER_ERRORS as error:
            if session.raw.is_closed():
                raise
            session.note(error)
            return job
        except asyncio.CancelledError:
            # The writer itself is cancelled, in the middle of a statement.
            raise
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who asked for it
            if conn.changed:
                return job
            conn.forget(wakes)
            job.failure = error
    return None


def _closed(outcome: str, kind: type[StorageFailed]) -> StorageFailed:
    return kind(f"The database was closed: {outcome}.")


def _fail(jobs: Sequence[Job], error: Any) -> None:
    verdict = unavailable(error) or error
    for job in jobs:
        job.failure = verdict
