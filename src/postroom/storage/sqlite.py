"""SQLite: one writer thread whose transactions take in all writes that wait, one reader thread; WAL."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from postroom.errors import StorageUnavailable
from postroom.storage.migrate import upgrade
from postroom.storage.wakeups import Wakeups, take_pending

T = TypeVar("T")
_Job = tuple[Callable[[sa.Connection], Any], "Future[Any]"]

# How many writes may share one transaction. More would only lengthen the wait of the first one.
GROUP_LIMIT = 256
BUSY_TIMEOUT_MS = 5000
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # In WAL mode FULL syncs the log at every commit: an answer given is an answer kept, even over a power cut.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA cache_size=-16384",
)


def sqlite_engine(url: str) -> sa.Engine:
    """Return an engine of exactly one connection, whose transactions Postroom begins and ends itself."""
    engine = sa.create_engine(
        url, poolclass=StaticPool, connect_args={"check_same_thread": False, "isolation_level": None}
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    return engine


def unavailable(error: BaseException) -> StorageUnavailable | None:
    """Return the verdict for errors that mean "not now" (locked, full, read-only, I/O), None for any other."""
    original = getattr(error, "orig", error)
    if isinstance(original, sqlite3.OperationalError) or (
        isinstance(original, sqlite3.DatabaseError) and "disk image" in str(original)
    ):
        return StorageUnavailable(f"The database cannot be used now: {original}", retry_after=1.0)
    return None


class _Worker(threading.Thread):
    """A thread that takes jobs from a queue until it takes None."""

    def __init__(self, name: str, engine: sa.Engine, run: Callable[[sa.Connection, list[_Job]], None]) -> None:
        super().__init__(name=name, daemon=True)
        self.jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._engine = engine
        self._run_group = run

    def run(self) -> None:
        with self._engine.connect() as conn:
            while (job := self.jobs.get()) is not None:
                group, last = self._gather(job)
                self._run_group(conn, group)
                if last:
                    return

    def _gather(self, first: _Job) -> tuple[list[_Job], bool]:
        group = [first]
        while len(group) < GROUP_LIMIT:
            try:
                job = self.jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, True
            group.append(job)
        return group, False


class SqliteDatabase:
    """The embedded default: a single file, a single process."""

    dialect = "sqlite"

    def __init__(self, url: str) -> None:
        self.wakeups = Wakeups()
        self._url = url
        self._loop: asyncio.AbstractEventLoop | None = None
        self._workers: list[_Worker] = []

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        path = Path(self._url.removeprefix("sqlite:///"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            engines = [sqlite_engine(self._url), sqlite_engine(self._url)]
            for engine in engines:
                with engine.connect() as conn:
                    conn.execute(sa.text("SELECT 1"))
        except (OSError, sa.exc.DBAPIError) as error:
            raise StorageUnavailable(f"Cannot open the SQLite file {path}: {getattr(error, 'orig', error)}") from error
        self._writer = _Worker("sqlite-writer", engines[0], self._write_group)
        self._reader = _Worker("sqlite-reader", engines[1], self._read_group)
        self._workers = [self._writer, self._reader]
        for worker in self._workers:
            worker.start()

    async def close(self) -> None:
        for worker in self._workers:
            worker.jobs.put(None)
        for worker in self._workers:
            await asyncio.to_thread(worker.join)
        for worker in self._workers:
            worker._engine.dispose()
        self._workers = []

    async def migrate(self) -> None:
        await asyncio.to_thread(self._migrate)

    def _migrate(self) -> None:
        engine = sqlite_engine(self._url)
        try:
            with engine.connect() as conn:
                conn.exec_driver_sql("BEGIN IMMEDIATE")
                upgrade(conn)
                conn.exec_driver_sql("COMMIT")
        except sa.exc.OperationalError as error:
            raise unavailable(error) or error from error
        finally:
            engine.dispose()

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        return await self._submit(self._reader, work)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        return await self._submit(self._writer, work)

    async def _submit(self, worker: _Worker, work: Callable[[sa.Connection], T]) -> T:
        if not self._workers:
            raise StorageUnavailable("The database is closed.")
        future: Future[T] = Future()
        worker.jobs.put((work, future))
        # A caller that is cancelled must not leave its write half told: the job runs to its end either way.
        return await asyncio.shield(asyncio.wrap_future(future))

    def _read_group(self, conn: sa.Connection, group: list[_Job]) -> None:
        for work, future in group:
            try:
                conn.exec_driver_sql("BEGIN")
                result = work(conn)
            except BaseException as error:  # noqa: BLE001 - handed to the caller, who asked for it
                future.set_exception(unavailable(error) or error)
            else:
                future.set_result(result)
            finally:
                _roll_back(conn)

    def _write_group(self, conn: sa.Connection, group: list[_Job]) -> None:
        outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
        wakes: list[tuple[str, str]] = []
        try:
            conn.exec_driver_sql("BEGIN IMMEDIATE")
            for work, future in group:
                outcomes.append((future, *_run_in_savepoint(conn, work, wakes)))
            conn.exec_driver_sql("COMMIT")
        except BaseException as error:  # noqa: BLE001 - the whole group failed, and each caller is told
            _roll_back(conn)
            verdict = unavailable(error) or error
            for _work, future in group:
                future.set_exception(verdict)
            return
        conn.rollback()
        if wakes and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.wakeups.publish, wakes)
        for future, result, failure in outcomes:
            if failure is not None:
                future.set_exception(failure)
            else:
                future.set_result(result)


def _run_in_savepoint(
    conn: sa.Connection, work: Callable[[sa.Connection], Any], wakes: list[tuple[str, str]]
) -> tuple[Any, BaseException | None]:
    conn.exec_driver_sql("SAVEPOINT work")
    try:
        result = work(conn)
    except BaseException as error:
        take_pending(conn)
        if unavailable(error) is not None:
            raise
        conn.exec_driver_sql("ROLLBACK TO work")
        conn.exec_driver_sql("RELEASE work")
        return None, error
    conn.exec_driver_sql("RELEASE work")
    wakes.extend(take_pending(conn))
    return result, None


def _roll_back(conn: sa.Connection) -> None:
    take_pending(conn)
    dbapi: object = conn.connection.dbapi_connection
    if isinstance(dbapi, sqlite3.Connection) and dbapi.in_transaction:
        dbapi.rollback()
    conn.rollback()
