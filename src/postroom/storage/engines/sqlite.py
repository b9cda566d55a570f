"""SQLite in WAL mode: one writer thread, which puts the waiting writes into one transaction, and one reader thread."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.storage.engines.comeback import Comeback
from postroom.storage.engines.job import Job
from postroom.storage.engines.sqlite_driver import SqliteDriver, raw_connection
from postroom.storage.engines.sqlite_faults import cannot_open, is_unwritten, unavailable
from postroom.storage.files import private_database
from postroom.storage.migrate import upgrade
from postroom.storage.statements.connection import Connection, Wakeup
from postroom.storage.turns import WriteTurn, WriteTurns
from postroom.storage.wakeups import Wakeups, take_pending

T = TypeVar("T")

# How many pieces of work may share one transaction. More would only make the first one wait longer.
WRITE_GROUP = 256
READ_GROUP = 16
BUSY_TIMEOUT = 5.0
_STATEMENTS_KEPT = 512
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # In WAL mode, FULL syncs the log at every commit, so an acknowledged write survives a power cut.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16384",
    # Savepoints and sorts then need no temporary file, which could not be opened when no descriptor is free.
    "PRAGMA temp_store=MEMORY",
    # After a large transaction the log shrinks to this size, 64 MiB, instead of keeping its largest size.
    "PRAGMA journal_size_limit=67108864",
)


_RunGroup = Callable[[Connection, list[Job]], None]


def sqlite_engine(url: str, busy_timeout: float = BUSY_TIMEOUT) -> sa.Engine:
    """Return an engine with exactly one connection; Postroom begins and ends its transactions itself.

    `busy_timeout` is how many seconds a statement waits for a lock of another process.
    """
    options = {
        "check_same_thread": False,
        "isolation_level": None,
        "timeout": busy_timeout,
        "cached_statements": _STATEMENTS_KEPT,
    }
    engine = sa.create_engine(url, poolclass=StaticPool, connect_args=options)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    return engine


class _Worker(threading.Thread):
    """A thread that takes jobs from a queue, all that wait at a time. After None it does the rest and ends."""

    def __init__(self, name: str, engine: sa.Engine, limit: int, run: _RunGroup) -> None:
        super().__init__(name=name, daemon=True)
        self.jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.engine = engine
        self._run_group = run
        self.turns: WriteTurns[Job] = WriteTurns(limit)
        self._is_open = True

    def run(self) -> None:
        with self.engine.connect() as library:
            conn = Connection(SqliteDriver(library), library.dialect)
            while group := self._gather():
                self._run_group(conn, group)

    def _gather(self) -> list[Job]:
        """Return the jobs to do next; empty when there will be no more."""
        if not self.turns and self._is_open:
            self._sort_in(self.jobs.get())
        with contextlib.suppress(queue.Empty):
            while self._is_open:
                self._sort_in(self.jobs.get_nowait())
        return self.turns.take(time.monotonic())

    def _sort_in(self, job: Job | None) -> None:
        if job is None:
            self._is_open = False
        else:
            self.turns.add(job, job.turn)


class SqliteDatabase:
    """The embedded default: one file, one process. `busy_timeout` is in seconds."""

    dialect = "sqlite"

    def __init__(self, url: str, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self.wakeups = Wakeups()
        self.comeback = Comeback()
        self.path = Path(sa.make_url(url).database or "")
        self._url = url
        self._busy_timeout = busy_timeout
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = False

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            engines = await asyncio.to_thread(self._connect)
        except (OSError, sqlite3.Error, sa.exc.DBAPIError) as error:
            raise cannot_open(error, self.path) from error
        self._writer = _Worker("sqlite-writer", engines[0], WRITE_GROUP, self._write_group)
        self._reader = _Worker("sqlite-reader", engines[1], READ_GROUP, self._read_group)
        for worker in (self._writer, self._reader):
            worker.start()
        self._open = True

    def _connect(self) -> list[sa.Engine]:
        private_database(self.path)
        engines = [sqlite_engine(self._url, self._busy_timeout) for _ in range(2)]
        try:
            for engine in engines:
                with engine.connect() as conn:
                    conn.execute(sa.text("SELECT count(*) FROM sqlite_master"))
        except BaseException:
            for engine in engines:
                engine.dispose()
            raise
        return engines

    async def close(self) -> None:
        if not self._open:
            return
        self._open = False
        for worker in (self._writer, self._reader):
            worker.jobs.put(None)
        for worker in (self._writer, self._reader):
            await asyncio.to_thread(worker.join)
            worker.engine.dispose()

    async def migrate(self) -> None:
        await asyncio.to_thread(self._migrate)

    def _migrate(self) -> None:
        engine = sqlite_engine(self._url, self._busy_timeout)
        try:
            with engine.connect() as conn:
                # SQLite alters a table by copying and dropping it; with foreign keys on, dependent rows would go too.
                conn.exec_driver_sql("PRAGMA foreign_keys=OFF")
                conn.exec_driver_sql("BEGIN IMMEDIATE")
                upgrade(conn)
                _commit(raw_connection(conn))
        except (sqlite3.Error, sa.exc.DBAPIError) as error:
            raise unavailable(error, self.path) or error from error
        finally:
            engine.dispose()

    async def read(self, work: Callable[[Connection], T]) -> T:
        if not self._open:
            raise StorageUnavailable("The database is closed.")
        return await self._submit(self._reader, work)

    async def write(self, work: Callable[[Connection], T], *, turn: WriteTurn = WriteTurn.NORMAL) -> T:
        if not self._open:
            raise StorageUnavailable("The database is closed.")
        return await self._submit(self._writer, work, turn)

    async def _submit(self, worker: _Worker, work: Callable[[Connection], T], turn: WriteTurn = WriteTurn.NORMAL) -> T:
        # When the caller is cancelled, only the wait ends. The work is completed in its thread.
        caller: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        worker.jobs.put(Job(work, caller, turn))
        return await caller

    def _read_group(self, conn: Connection, group: list[Job]) -> None:
        """Run reads on one snapshot, taken after all of them were requested."""
        try:
            raw = _raw(conn)
            raw.execute("BEGIN")
        except BaseException as error:  # noqa: BLE001 - handed to every caller
            self._fail(group, error)
        else:
            for job in group:
                self._run(conn, job)
        _end(conn)
        self._answer(group, [])

    def _write_group(self, conn: Connection, group: list[Job]) -> None:
        """Run writes in one transaction, each in its own savepoint. No caller gets a result before the commit."""
        wakes: list[Wakeup] = []
        try:
            raw = _raw(conn)
            raw.execute("BEGIN IMMEDIATE")
            for job in group:
                self._run_in_savepoint(conn, raw, job, wakes)
            began = time.monotonic()
            _commit(raw)
            self._writer.turns.commit_takes = time.monotonic() - began
        except BaseException as error:  # noqa: BLE001 - the whole group failed, and each caller is told
            self._fail(group, error)
            wakes = []
        _end(conn)
        self._answer(group, wakes)

    def _run(self, conn: Connection, job: Job) -> None:
        try:
            job.result = job.work(conn)
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who asked for it
            job.failure = unavailable(error, self.path) or error

    def _run_in_savepoint(self, conn: Connection, raw: sqlite3.Connection, job: Job, wakes: list[Wakeup]) -> None:
        raw.execute("SAVEPOINT work")
        self._run(conn, job)
        asked = take_pending(conn)
        if job.failure is None:
            wakes.extend(asked)
        elif not raw.in_transaction:
            # On a full disk SQLite undoes the whole transaction, and with it the other callers' work.
            raise job.failure
        else:
            raw.execute("ROLLBACK TO work")
        raw.execute("RELEASE work")

    def _fail(self, group: list[Job], error: BaseException) -> None:
        verdict = unavailable(error, self.path) or error
        for job in group:
            job.failure = verdict

    def _answer(self, group: list[Job], wakes: list[Wakeup]) -> None:
        # When the loop is closed, no caller is left to be answered.
        with contextlib.suppress(RuntimeError):
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._tell, group, wakes)

    def _tell(self, group: list[Job], wakes: list[Wakeup]) -> None:
        self.wakeups.publish(wakes)
        for job in group:
            job.answer()


def _raw(conn: Connection) -> sqlite3.Connection:
    return raw_connection(conn.library)


def _commit(raw: sqlite3.Connection) -> None:
    """Commit. Raises OutcomeUnknown when SQLite failed but the change may be there after the next start.

    That is possible after a failed sync: the log may hold the whole transaction, and the next process that opens the
    file after a crash regards it as committed. If another process holds a lock, the transaction stays open and is
    undone.
    """
    try:
        raw.execute("COMMIT")
    except sqlite3.Error as error:
        if raw.in_transaction or is_unwritten(error):
            raise
        raise OutcomeUnknown(
            f"The database failed during a commit ({error}): whether the change was stored is not known. Look before "
            "trying again.",
            retry_after=1.0,
        ) from error


def _end(conn: Connection) -> None:
    """Leave no transaction open, whatever happened in it."""
    take_pending(conn)
    with contextlib.suppress(sqlite3.Error, sa.exc.SQLAlchemyError):
        if _raw(conn).in_transaction:
            _raw(conn).execute("ROLLBACK")
        conn.library.rollback()
