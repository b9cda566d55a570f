"""SQLite alone: shared transactions, and every way in which the file can refuse."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.storage.engines import sqlite
from postroom.storage.engines.sqlite import SqliteDatabase
from postroom.storage.statements.connection import Connection
from tests.storage.notes import names, put

_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""

_WRITE_FOR_EVER = """
import asyncio, sys, uvloop
import sqlalchemy as sa
from postroom.storage.engines.sqlite import SqliteDatabase
from postroom.storage.tables import meta

async def main():
    db = SqliteDatabase(sys.argv[1])
    await db.start()
    await db.migrate()
    for number in range(1000000):
        await db.write(lambda conn: conn.execute(sa.insert(meta), {"name": f"{number}", "value": ""}) and None)
        print(number, flush=True)

uvloop.run(main())
"""


@pytest.fixture
async def db(sqlite_url: str) -> AsyncIterator[SqliteDatabase]:
    """A migrated SQLite database that gives up on a lock after a fifth of a second."""
    database = SqliteDatabase(sqlite_url, busy_timeout=0.2)
    await database.start()
    await database.migrate()
    yield database
    await database.close()


@contextlib.contextmanager
def locked_by_another_process(path: Path) -> Iterator[None]:
    """Hold the write lock of a SQLite file in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        yield
        process.communicate()


async def run_pragma(db: SqliteDatabase, pragma: str) -> None:
    await db.write(lambda conn: conn.library.exec_driver_sql(pragma).close())


def raw(conn: Connection) -> sqlite3.Connection:
    connection = conn.library.connection.dbapi_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection


async def test_the_file_is_in_wal_mode_and_every_commit_reaches_the_disk(db: SqliteDatabase) -> None:
    def pragmas(conn: Connection) -> tuple[object, ...]:
        return tuple(
            conn.library.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        )

    assert await db.write(pragmas) == ("wal", 2, 1)


async def test_writes_that_wait_together_share_one_transaction(db: SqliteDatabase) -> None:
    statements: list[str] = []
    entered, go_on = threading.Event(), threading.Event()

    def first(conn: Connection) -> None:
        raw(conn).set_trace_callback(statements.append)
        entered.set()
        go_on.wait(5)

    writing = asyncio.ensure_future(db.write(first))
    await asyncio.to_thread(entered.wait)
    waiting = [asyncio.ensure_future(db.write(put(f"{n:02}"))) for n in range(50)]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(writing, *waiting)
    await db.write(lambda conn: raw(conn).set_trace_callback(None))
    assert statements.count("COMMIT") == 2
    assert await db.read(names) == [f"{n:02}" for n in range(50)]


async def test_nobody_is_told_before_the_shared_transaction_is_committed(db: SqliteDatabase) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slow(conn: Connection) -> None:
        entered.set()
        go_on.wait(5)

    blocker = asyncio.ensure_future(db.write(lambda conn: go_on.wait(5)))
    await asyncio.sleep(0.02)
    early, late = asyncio.ensure_future(db.write(put("a"))), asyncio.ensure_future(db.write(slow))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(blocker, early, late)
    assert await db.read(names) == ["a"]


async def test_a_lock_that_another_process_holds_is_an_outage_that_passes(db: SqliteDatabase) -> None:
    await db.write(put("before"))
    with locked_by_another_process(db.path):
        results = await asyncio.gather(*[db.write(put(f"{n}")) for n in range(3)], return_exceptions=True)
        assert [type(result) for result in results] == [StorageUnavailable] * 3
        assert "locked" in str(results[0])
        # Readers are not kept waiting by a writer.
        assert await db.read(names) == ["before"]
    assert await db.write(put("after")) == "after"
    assert await db.read(names) == ["after", "before"]


async def test_a_lock_that_is_short_is_waited_for(sqlite_url: str) -> None:
    database = SqliteDatabase(sqlite_url)
    await database.start()
    await database.migrate()
    with locked_by_another_process(database.path):
        writing = asyncio.ensure_future(database.write(put("a")))
        await asyncio.sleep(0.1)
        assert not writing.done()
    assert await writing == "a"
    await database.close()


async def test_a_full_disk_is_an_outage_that_loses_nothing(db: SqliteDatabase) -> None:
    await db.write(put("before"))
    pages = await db.read(lambda conn: conn.library.exec_driver_sql("PRAGMA page_count").scalar_one())
    await run_pragma(db, f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(StorageUnavailable, match="full"):
        await db.write(put("large", "x" * 1_000_000))
    assert await db.read(names) == ["before"]
    # What still fits is still written.
    assert await db.write(put("small")) == "small"
    await run_pragma(db, "PRAGMA max_page_count=1000000")
    await db.write(put("large", "x" * 1_000_000))
    assert await db.read(names) == ["before", "large", "small"]


async def test_when_the_disk_fills_in_a_shared_transaction_each_caller_is_told_the_truth(db: SqliteDatabase) -> None:
    pages = await db.read(lambda conn: conn.library.exec_driver_sql("PRAGMA page_count").scalar_one())
    await run_pragma(db, f"PRAGMA max_page_count={pages + 10}")
    works = [put(f"{n:02}", "x" * (1_000_000 if n == 5 else 10)) for n in range(10)]
    results = await asyncio.gather(*[db.write(work) for work in works], return_exceptions=True)
    assert isinstance(results[5], StorageUnavailable)
    told = sorted(result for result in results if isinstance(result, str))
    assert await db.read(names) == told


async def test_a_read_only_file_is_an_outage_that_passes(db: SqliteDatabase) -> None:
    connection = await db.write(raw)
    connection.execute("PRAGMA query_only=ON")
    with pytest.raises(StorageUnavailable, match="readonly"):
        await db.write(put("a"))
    connection.execute("PRAGMA query_only=OFF")
    assert await db.write(put("a")) == "a"


class FailingCommit:
    """A connection whose COMMIT fails with a code; `leaves` is what SQLite did with the transaction before."""

    def __init__(self, connection: sqlite3.Connection, code: int, leaves: str | None) -> None:
        self._connection = connection
        self._code = code
        self._leaves = leaves

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, statement: str) -> object:
        if statement != "COMMIT":
            return self._connection.execute(statement)
        if self._leaves is not None:
            self._connection.execute(self._leaves)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = self._code
        raise error


@pytest.mark.parametrize(
    ("code", "leaves", "told"),
    [
        # The log may have reached the disk whole: a start after a crash would find the transaction in it.
        (sqlite3.SQLITE_IOERR_FSYNC, "ROLLBACK", OutcomeUnknown),
        (sqlite3.SQLITE_IOERR_FSYNC, "COMMIT", OutcomeUnknown),
        (sqlite3.SQLITE_NOMEM, "ROLLBACK", OutcomeUnknown),
        # It did not.
        (sqlite3.SQLITE_IOERR_WRITE, "ROLLBACK", StorageUnavailable),
        (sqlite3.SQLITE_FULL, "ROLLBACK", StorageUnavailable),
        (sqlite3.SQLITE_BUSY, None, StorageUnavailable),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, None, StorageUnavailable),
    ],
)
async def test_a_commit_that_fails_says_whether_anything_may_be_there(
    db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, code: int, leaves: str | None, told: type[Exception]
) -> None:
    real = sqlite._raw
    monkeypatch.setattr(sqlite, "_raw", lambda conn: FailingCommit(real(conn), code, leaves))
    results = await asyncio.gather(*[db.write(put(f"{n}")) for n in range(3)], return_exceptions=True)
    assert [type(result) for result in results] == [told] * 3
    monkeypatch.undo()
    assert await db.read(names) == (["0", "1", "2"] if leaves == "COMMIT" else [])
    assert await db.write(put("after")) == "after"


async def test_a_file_that_is_no_database_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, this is not a database. " * 100)
    database = SqliteDatabase(f"sqlite:///{path}")
    with pytest.raises(StorageUnavailable, match=r"Cannot open the SQLite file .*letter\.txt"):
        await database.start()


async def test_what_cannot_be_read_is_not_left_open(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_PRAGMAS", ())
    database = SqliteDatabase(sqlite_url, busy_timeout=0.1)
    with contextlib.closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE notes (name TEXT)")
        # While the error is held, so is all that its frames refer to: what was not closed is still open.
        with pytest.raises(StorageUnavailable, match="locked") as refused:
            await database.start()
    assert refused.value.__cause__ is not None
    assert str(database.path) not in open_files()


def open_files() -> set[str]:
    """The paths that this process has open."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.add(str(descriptor.readlink()))
    return found


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = SqliteDatabase(f"sqlite:///{tmp_path}/file/postroom.db")
    with pytest.raises(StorageUnavailable, match="Cannot open"):
        await database.start()


async def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    database = SqliteDatabase(f"sqlite:///{tmp_path}/a/b/postroom.db")
    await database.start()
    await database.migrate()
    assert await database.write(put("a")) == "a"
    await database.close()


class Unforeseen(BaseException):
    """What no `except Exception` catches."""


async def test_an_unforeseen_exception_does_not_end_the_threads(db: SqliteDatabase) -> None:
    def fail(conn: Connection) -> None:
        raise Unforeseen

    for call in (db.read, db.write):
        with pytest.raises(Unforeseen):
            await call(fail)
    assert await db.write(put("a")) == "a"
    assert await db.read(names) == ["a"]


def test_what_was_acknowledged_survives_kill_9(sqlite_url: str, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _WRITE_FOR_EVER, sqlite_url], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(50)]
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in process.stdout if line.endswith(b"\n")]
    with contextlib.closing(sqlite3.connect(tmp_path / "postroom.db")) as connection:
        stored = {int(name) for (name,) in connection.execute("SELECT name FROM meta WHERE name != 'oldest_runnable'")}
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    assert verdict == "ok"
    assert set(acknowledged) <= stored <= set(range(max(acknowledged) + 2))
