"""Groups of writes: they share transactions, and each caller gets what its own work came to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_

from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.storage.engines.postgres import groups
from postroom.storage.engines.postgres.database import PostgresDatabase
from postroom.storage.engines.postgres.sessions import DatabaseSession
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import meta
from postroom.storage.wakeups import wake
from tests.fakes.databases import opened
from tests.fakes.fault_proxy import FaultProxy
from tests.storage.notes import names, put

OURS = sa.func.txid_current()


class OwnError(Exception):
    """An error of the work itself."""


@pytest.fixture
async def db(own_postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    async with opened(own_postgres_url) as database:
        assert isinstance(database, PostgresDatabase)
        yield database


def noted(name: str) -> Callable[[Connection], int]:
    """Store a name, and return the number of the transaction."""

    def work(conn: Connection) -> int:
        put(name)(conn)
        return int(conn.execute(sa.select(OURS)).scalar_one())

    return work


async def test_writes_that_come_together_share_a_transaction(db: PostgresDatabase) -> None:
    numbers = await asyncio.gather(*[db.write(noted(f"{n:02}")) for n in range(20)])
    assert len(set(numbers)) == 1
    assert await db.read(names) == [f"{n:02}" for n in range(20)]


async def test_a_write_by_itself_waits_for_nobody(db: PostgresDatabase) -> None:
    first, second = await db.write(noted("a")), await db.write(noted("b"))
    assert first != second


async def test_work_that_fails_before_its_first_change_fails_alone(db: PostgresDatabase) -> None:
    runs: list[str] = []

    def refuse(conn: Connection) -> None:
        runs.append("refused")
        names(conn)
        wake(conn, "notes", "refused")
        raise OwnError

    waiter = db.wakeups.subscribe("notes")
    results = await asyncio.gather(db.write(noted("a")), db.write(refuse), db.write(noted("b")), return_exceptions=True)
    assert isinstance(results[1], OwnError)
    assert runs == ["refused"]
    assert results[0] == results[2]
    assert await db.read(names) == ["a", "b"]
    assert await waiter.wait(0.2) == set()


async def test_what_work_that_fails_has_asked_is_asked_by_nobody_else(db: PostgresDatabase) -> None:
    root = sa.select(sa.func.sqrt(sa.bindparam("of", type_=sa.Float)).label("root"))
    for _ in range(2):
        await db.read(lambda conn: conn.execute(root, {"of": 4.0}).scalar_one())

    def refuse(conn: Connection) -> None:
        conn.ask(root, {"of": -1.0})
        raise OwnError

    results = await asyncio.gather(db.write(noted("a")), db.write(refuse), db.write(noted("b")), return_exceptions=True)
    assert isinstance(results[1], OwnError)
    assert results[0] == results[2]


async def test_work_that_fails_after_a_change_takes_nobody_with_it(db: PostgresDatabase) -> None:
    def spoil(conn: Connection) -> None:
        put("spoilt")(conn)
        raise OwnError

    works = [db.write(noted("a")), db.write(spoil), db.write(noted("b")), db.write(spoil), db.write(noted("c"))]
    results = await asyncio.gather(*works, return_exceptions=True)
    assert [isinstance(each, OwnError) for each in results] == [False, True, False, True, False]
    assert await db.read(names) == ["a", "b", "c"]


@pytest.mark.parametrize("spoilers", [1, 3, 9])
async def test_work_that_the_server_refuses_takes_nobody_with_it(db: PostgresDatabase, spoilers: int) -> None:
    taken = sa.insert(meta).values(name="taken", value="x")
    await db.write(lambda conn: conn.execute(taken))
    works = [db.write(lambda conn: conn.execute(taken).rowcount) for _ in range(spoilers)]
    results = await asyncio.gather(db.write(noted("a")), *works, db.write(noted("b")), return_exceptions=True)
    assert sum(isinstance(each, sa.exc.IntegrityError) for each in results) == spoilers
    assert await db.read(names) == ["a", "b", "taken"]


async def test_a_group_that_meets_a_lock_runs_again_piece_by_piece(db: PostgresDatabase, own_postgres_url: str) -> None:
    """The holder of the lock waits for a row of the group, which neither work alone could bring about."""
    for name in ("a", "b"):
        await db.write(put(name))
    other = PostgresDatabase(own_postgres_url)
    await other.start()
    has_a, go_on = asyncio.Event(), asyncio.Event()

    def touch(name: str) -> Callable[[Connection], int]:
        return lambda conn: conn.execute(sa.update(meta).where(meta.c.name == name).values(value="y")).rowcount

    def both(conn: Connection) -> int:
        changed = touch("a")(conn)
        has_a.set()
        await_(go_on.wait())
        return changed + touch("b")(conn)

    try:
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            holder = group.create_task(other.write(both))
            await has_a.wait()
            # The group changes b, and then waits for a.
            pieces = [group.create_task(db.write(touch(name))) for name in ("b", "a")]
            await asyncio.sleep(0.05)
            go_on.set()
        assert [holder.result(), *(piece.result() for piece in pieces)] == [2, 1, 1]
    finally:
        await other.close()


async def test_a_group_whose_commit_has_no_answer_is_not_known_to_any_caller(
    db: PostgresDatabase, own_postgres_url: str
) -> None:
    parts = sa.make_url(own_postgres_url)
    async with FaultProxy(str(parts.host), int(parts.port or 5432)) as proxy:
        url = parts.set(host=proxy.host, port=proxy.port).render_as_string(hide_password=False)
        far = PostgresDatabase(url, pool_size=1)
        await far.start()
        proxy.lose_answer(b"COMMIT")
        results = await asyncio.gather(*[far.write(put(f"{n}")) for n in range(5)], return_exceptions=True)
        assert all(isinstance(each, OutcomeUnknown) for each in results)
        assert await far.write(put("after")) == "after"
        await far.close()
    assert await db.read(names) == ["0", "1", "2", "3", "4", "after"]


async def test_a_group_whose_connection_is_cut_before_the_commit_is_stored_on_the_next(
    db: PostgresDatabase, own_postgres_url: str
) -> None:
    parts = sa.make_url(own_postgres_url)
    async with FaultProxy(str(parts.host), int(parts.port or 5432)) as proxy:
        url = parts.set(host=proxy.host, port=proxy.port).render_as_string(hide_password=False)
        far = PostgresDatabase(url, pool_size=1)
        await far.start()
        proxy.lose(b"INSERT")
        results = await asyncio.gather(*[far.write(put(f"{n}")) for n in range(5)], return_exceptions=True)
        await far.close()
    stored = [each for each in results if not isinstance(each, BaseException)]
    assert await db.read(names) == sorted(stored)
    assert all(isinstance(each, str | StorageUnavailable) for each in results)


async def test_a_long_write_does_not_hold_up_the_others(db: PostgresDatabase) -> None:
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        long = group.create_task(db.write(lambda conn: conn.execute(sa.text("SELECT pg_sleep(3)")).rowcount))
        await asyncio.sleep(0.05)
        await asyncio.gather(*[db.write(put(f"{n}")) for n in range(5)])
        assert not long.done()


async def test_writes_of_callers_who_left_are_whole_or_absent(db: PostgresDatabase) -> None:
    def pair(name: str) -> Callable[[Connection], None]:
        def work(conn: Connection) -> None:
            put(f"{name} left")(conn)
            put(f"{name} right")(conn)

        return work

    for turn in range(10):
        tasks = [asyncio.ensure_future(db.write(pair(f"{turn} {number}"))) for number in range(6)]
        await asyncio.sleep(turn / 1000)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await db.write(put("last"))
    found = set(await db.read(names))
    assert {name.removesuffix(" left") for name in found if name.endswith(" left")} == {
        name.removesuffix(" right") for name in found if name.endswith(" right")
    }
    assert {f"{turn} {number} left" for turn in range(10) for number in (1, 3, 5)} <= found


async def test_the_work_that_waits_is_finished_before_the_database_closes(own_postgres_url: str) -> None:
    async with opened(own_postgres_url) as db:
        tasks = [asyncio.ensure_future(db.write(put(f"{n}"))) for n in range(5)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*tasks) == [f"{n}" for n in range(5)]


async def test_what_is_committed_is_told_before_the_others_run_alone(
    db: PostgresDatabase, own_postgres_url: str
) -> None:
    """One of the group waits for a lock, for as long as somebody else holds it."""
    await db.write(put("locked"))
    other = PostgresDatabase(own_postgres_url)
    await other.start()
    held, let_go = asyncio.Event(), asyncio.Event()

    def hold(conn: Connection) -> None:
        conn.execute(sa.update(meta).where(meta.c.name == "locked").values(value="y"))
        held.set()
        await_(let_go.wait())

    def wait(conn: Connection) -> int:
        return conn.execute(sa.update(meta).where(meta.c.name == "locked").values(value="z")).rowcount

    try:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(other.write(hold))
            await held.wait()
            waiting = group.create_task(db.write(wait))
            assert await asyncio.gather(*[db.write(put(f"{n}")) for n in range(5)]) == [f"{n}" for n in range(5)]
            assert not waiting.done()
            let_go.set()
        assert waiting.result() == 1
    finally:
        await other.close()


async def test_the_writers_outlive_any_fault_of_a_session(
    db: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_self: object, _also: str = "") -> None:
        raise RuntimeError("the handler is closed")

    with monkeypatch.context() as patched:
        patched.setattr(DatabaseSession, "begin", fail)
        for _ in range(12):
            results = await asyncio.gather(*[db.write(put("a")) for _ in range(3)], return_exceptions=True)
            assert [type(each) for each in results] == [RuntimeError] * 3
    assert await asyncio.gather(*[db.write(put(f"{n}")) for n in range(3)]) == ["0", "1", "2"]


async def test_work_that_goes_on_after_an_error_takes_nobody_with_it(db: PostgresDatabase) -> None:
    await db.write(put("taken"))

    def mistaken(conn: Connection) -> None:
        with contextlib.suppress(sa.exc.IntegrityError):
            conn.execute(sa.insert(meta).values(name="taken", value="x"))

    works = [db.write(put("a")), db.write(mistaken), db.write(put("b"))]
    results = await asyncio.gather(*works, return_exceptions=True)
    assert [results[0], type(results[1]), results[2]] == ["a", StorageUnavailable, "b"]
    assert await db.read(names) == ["a", "b", "taken"]


async def test_every_caller_is_answered_when_the_database_closes(
    own_postgres_url: str, db: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "_LAST_WORK", 0.2)
    closing = PostgresDatabase(own_postgres_url, pool_size=1)
    await closing.start()
    sleep = sa.text("SELECT pg_sleep(600)")
    tasks = [asyncio.ensure_future(closing.write(lambda conn: conn.execute(sleep).rowcount)) for _ in range(200)]
    await asyncio.sleep(0.1)
    async with asyncio.timeout(60):
        await closing.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(each) for each in results} <= {StorageUnavailable, OutcomeUnknown}


class Ended(BaseException):
    """What no handler of ordinary errors catches."""


@pytest.mark.parametrize("number", [1, 3])
async def test_any_end_of_the_work_is_handed_to_its_caller(db: PostgresDatabase, number: int) -> None:
    def end(conn: Connection) -> None:
        put("not stored")(conn)
        raise Ended

    for _ in range(10):
        results = await asyncio.gather(*[db.write(end) for _ in range(number)], return_exceptions=True)
        assert [type(each) for each in results] == [Ended] * number
    assert await db.write(put("a")) == "a"
    assert await db.read(names) == ["a"]


async def test_a_deferred_change_that_fails_takes_nobody_with_it(db: PostgresDatabase) -> None:
    insert = sa.insert(meta)

    def add(name: str) -> Callable[[Connection], None]:
        return lambda conn: conn.defer(insert, {"name": name, "value": "x"})

    for name in ("taken", "more"):
        await db.write(add(name))
    works = [db.write(add(name)) for name in ("a", "taken", "b")]
    results = await asyncio.gather(*works, return_exceptions=True)
    assert [type(each) for each in results] == [type(None), sa.exc.IntegrityError, type(None)]
    assert await db.read(names) == ["a", "b", "more", "taken"]
