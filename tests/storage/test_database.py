"""What every database promises: the same tests on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

import pytest
import sqlalchemy as sa

from postroom.errors import StorageUnavailable
from postroom.storage.database import Database, open_database
from postroom.storage.engines.postgres.database import PostgresDatabase
from postroom.storage.engines.sqlite import SqliteDatabase
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_status, accounts, meta
from postroom.storage.wakeups import wake
from tests.fakes.databases import opened
from tests.storage.notes import names, put

T = TypeVar("T")
Work = Callable[[Connection], T]


class OwnError(Exception):
    """What a work function may raise for its own reasons."""


def put_and_fail(name: str, topic: str = "notes") -> Work[str]:
    def work(conn: Connection) -> str:
        put(name)(conn)
        wake(conn, topic, name)
        raise OwnError(name)

    return work


def put_and_wake(name: str, topic: str = "notes") -> Work[str]:
    def work(conn: Connection) -> str:
        wake(conn, topic, name)
        return put(name)(conn)

    return work


def test_the_url_chooses_the_engine() -> None:
    assert isinstance(open_database("sqlite:////tmp/x.db"), SqliteDatabase)
    assert isinstance(open_database("postgresql://localhost/x"), PostgresDatabase)


async def test_results_come_back_from_writes_and_reads(db: Database) -> None:
    assert await db.write(put("a")) == "a"
    assert await db.read(names) == ["a"]


async def test_work_knows_its_engine_by_the_name_the_database_gives(db: Database) -> None:
    assert await db.read(lambda conn: conn.dialect.name) == db.dialect


async def test_a_read_is_never_committed(db: Database) -> None:
    await db.read(put("a"))
    assert await db.read(names) == []


async def test_a_write_is_seen_by_the_next_read(db: Database) -> None:
    for number in range(20):
        await db.write(put(f"{number:02}"))
        assert len(await db.read(names)) == number + 1


async def test_the_work_s_own_exception_reaches_the_caller_and_undoes_the_work(db: Database) -> None:
    with pytest.raises(OwnError, match="a"):
        await db.write(put_and_fail("a"))
    assert await db.read(names) == []


async def test_a_failing_read_leaves_the_next_one_alone(db: Database) -> None:
    def fail(conn: Connection) -> None:
        names(conn)
        raise OwnError

    with pytest.raises(OwnError):
        await db.read(fail)
    assert await db.read(names) == []


async def test_among_concurrent_writes_each_failure_undoes_only_itself(db: Database) -> None:
    works = [put_and_fail(f"bad {n}") if n % 3 == 0 else put(f"good {n}") for n in range(60)]
    results = await asyncio.gather(*[db.write(work) for work in works], return_exceptions=True)
    assert [isinstance(result, OwnError) for result in results] == [n % 3 == 0 for n in range(60)]
    assert await db.read(names) == sorted(f"good {n}" for n in range(60) if n % 3)


async def test_a_broken_rule_of_the_schema_undoes_only_its_work(db: Database) -> None:
    await db.write(put("a"))
    results = await asyncio.gather(db.write(put("b")), db.write(put("a")), db.write(put("c")), return_exceptions=True)
    assert isinstance(results[1], sa.exc.IntegrityError)
    assert await db.read(names) == ["a", "b", "c"]


async def test_a_mistake_in_the_sql_is_not_taken_for_an_outage(db: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        await db.write(lambda conn: conn.execute(sa.text("SELECT * FROM no_such_table")))
    assert await db.write(put("a")) == "a"


async def test_foreign_keys_are_enforced(db: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        await db.write(lambda conn: conn.execute(sa.insert(account_status), {"account_key": 99}))


async def test_a_write_outlives_the_process_that_made_it(database_url: str) -> None:
    async with opened(database_url) as db:
        await db.write(put("a"))
    async with opened(database_url) as db:
        assert await db.read(names) == ["a"]


async def test_closing_finishes_what_is_queued_and_refuses_what_comes_after(database_url: str) -> None:
    async with opened(database_url) as db:
        queued = [asyncio.ensure_future(db.write(put(str(n)))) for n in range(10)]
        await asyncio.gather(*queued)
        await db.close()
        with pytest.raises(StorageUnavailable, match="closed"):
            await db.write(put("late"))
        with pytest.raises(StorageUnavailable, match="closed"):
            await db.read(names)
        await db.close()


async def test_cancelled_callers_leave_each_work_whole_or_absent(db: Database) -> None:
    def pair(name: str) -> Work[None]:
        def work(conn: Connection) -> None:
            put(f"{name} left")(conn)
            put(f"{name} right")(conn)

        return work

    for round_number in range(10):
        tasks = [asyncio.ensure_future(db.write(pair(f"{round_number} {n}"))) for n in range(8)]
        await asyncio.sleep(0.001 * round_number)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert await db.write(put("after")) == "after"
    found = set(await db.read(names)) - {"after"}
    assert {name.removesuffix(" left") for name in found if name.endswith(" left")} == {
        name.removesuffix(" right") for name in found if name.endswith(" right")
    }


async def test_cancelled_callers_do_not_use_up_the_connections(db: Database) -> None:
    for _ in range(100):
        task = asyncio.ensure_future(db.read(names))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(5):
        assert await asyncio.gather(*[db.read(names) for _ in range(40)]) == [[]] * 40


async def test_waiters_are_woken_after_the_commit(db: Database) -> None:
    waiter = db.wakeups.subscribe("notes")
    entered, go_on = threading.Event(), threading.Event()

    def slow(conn: Connection) -> None:
        put_and_wake("a")(conn)
        entered.set()
        if db.dialect == "sqlite":
            go_on.wait(5)

    if db.dialect == "sqlite":
        writing = asyncio.ensure_future(db.write(slow))
        await asyncio.to_thread(entered.wait)
        assert await waiter.wait(0.05) == set()
        go_on.set()
        await writing
    else:
        await db.write(slow)
    assert await waiter.wait(5) == {"a"}
    assert await db.read(names) == ["a"]


async def test_hints_gather_while_the_loop_is_busy(db: Database) -> None:
    waiter = db.wakeups.subscribe("notes")
    await asyncio.gather(*[db.write(put_and_wake(name)) for name in "abc"])
    seen: set[str] = set()
    while len(seen) < 3:
        found = await waiter.wait(5)
        assert found
        seen |= found
    assert await waiter.wait(0.05) == set()


async def test_nobody_is_woken_by_work_that_failed_or_was_only_read(db: Database) -> None:
    waiter = db.wakeups.subscribe("notes")
    with pytest.raises(OwnError):
        await db.write(put_and_fail("a"))
    with pytest.raises(OwnError):
        await db.read(put_and_fail("b"))
    await db.read(put_and_wake("c"))
    # Whoever uses the same connection next must not announce what was undone.
    for _ in range(3):
        await db.write(put_and_wake("d", topic="others"))
        await db.write(lambda conn: conn.execute(sa.delete(meta)))
    assert await waiter.wait(0.3) == set()


async def test_an_unsubscribed_waiter_hears_nothing(db: Database) -> None:
    waiter = db.wakeups.subscribe("notes")
    other = db.wakeups.subscribe("notes")
    db.wakeups.unsubscribe("notes", waiter)
    await db.write(put_and_wake("a"))
    assert await other.wait(5) == {"a"}
    assert await waiter.wait(0) == set()


async def test_a_key_is_never_used_again(db: Database) -> None:
    values = {"name": "", "email": "", "search": "", "type": "imap", "created_at": 0, "state": "init", "state_since": 0}

    def work(conn: Connection) -> list[int]:
        keys = []
        for account in ("a", "b"):
            insert = sa.insert(accounts).values(account=account, **values).returning(accounts.c.key)
            keys.append(conn.execute(insert).scalar_one())
            conn.execute(sa.delete(accounts))
        return keys

    first, second = await db.write(work)
    assert second > first
