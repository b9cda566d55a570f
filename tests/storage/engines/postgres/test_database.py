"""PostgreSQL alone: wake-ups between nodes, outages, connections that went stale, conflicts between transactions."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import sqlalchemy as sa

from postroom.errors import OutcomeUnknown, StorageFailed, StorageUnavailable
from postroom.storage.engines.postgres.database import PostgresDatabase
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import meta
from postroom.storage.turns import WriteTurn
from tests.fakes.databases import opened
from tests.fakes.fault_proxy import FaultProxy
from tests.live.postgres import Postgres
from tests.storage.notes import names, put

COUNTER = sa.select(meta.c.value).where(meta.c.name == "counter")


@pytest.fixture
async def db(own_postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    async with opened(own_postgres_url) as database:
        assert isinstance(database, PostgresDatabase)
        yield database


@pytest.fixture
async def other(db: PostgresDatabase, own_postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    """A second node on the same database."""
    database = PostgresDatabase(own_postgres_url)
    await database.start()
    yield database
    await database.close()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_of_the_server_goes_unnoticed_by_later_callers(
    db: PostgresDatabase, postgres_server: Postgres, mode: Literal["fast", "immediate"]
) -> None:
    await asyncio.gather(*[db.write(put(f"before {n}")) for n in range(10)])
    # This server runs without fsync: only after a checkpoint does it keep things over a crash.
    await asyncio.to_thread(postgres_server.execute, "CHECKPOINT")
    await asyncio.to_thread(postgres_server.stop, mode)
    await asyncio.to_thread(postgres_server.start)
    # Every pooled connection is dead now, and no caller has to learn it.
    results = await asyncio.gather(*[db.write(put(f"after {n}")) for n in range(10)])
    assert results == [f"after {n}" for n in range(10)]
    assert len(await db.read(names)) == 20


async def test_work_that_waits_for_others_of_its_process_is_no_outage(
    own_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("postroom.storage.engines.postgres.sessions.CONNECT_TIMEOUT", 1.0)
        node = PostgresDatabase(own_postgres_url, pool_size=1)
        await node.start()
    try:
        slow = [node.read(lambda conn: conn.execute(sa.text("SELECT pg_sleep(1.5)"))) for _ in range(2)]
        quick = [node.read(lambda conn: conn.execute(sa.text("SELECT 1")).scalar_one()) for _ in range(3)]
        assert (await asyncio.gather(*slow, *quick))[2:] == [1, 1, 1]
    finally:
        await node.close()


async def test_a_server_that_became_a_standby_is_left(own_postgres_url: str, db: PostgresDatabase) -> None:
    read_only = sa.text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    pooled = PostgresDatabase(own_postgres_url, pool_size=1)
    await pooled.start()
    try:
        await pooled.write(lambda conn: conn.execute(read_only))
        with pytest.raises(StorageUnavailable, match="read-only"):
            await pooled.write(put("refused"))
        await pooled.write(put("taken"))
    finally:
        await pooled.close()
    assert await db.read(names) == ["taken"]


async def test_a_caller_who_leaves_while_a_connection_is_made_leaves_none_behind(
    own_postgres_url: str, db: PostgresDatabase
) -> None:
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'leaving'"
    )
    leaving = PostgresDatabase(f"{own_postgres_url}?application_name=leaving")
    await leaving.start()
    for milliseconds in range(40):
        # More than wait in the pool, so that some of them must connect first.
        tasks = [asyncio.ensure_future(leaving.read(lambda conn: conn.execute(sa.text("SELECT 1")))) for _ in range(12)]
        await asyncio.sleep(milliseconds / 1000)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await leaving.close()
    async with asyncio.timeout(20):
        while await db.read(lambda conn: conn.execute(others).scalar_one()):
            await asyncio.sleep(0.05)


async def test_what_is_vital_gets_through_while_the_pool_is_full(own_postgres_url: str, db: PostgresDatabase) -> None:
    node = PostgresDatabase(own_postgres_url, pool_size=1)
    await node.start()
    try:
        async with asyncio.TaskGroup() as group:
            sleep = sa.text("SELECT pg_sleep(600)")
            slow = [group.create_task(node.read(lambda conn: conn.execute(sleep))) for _ in range(5)]
            waiting = group.create_task(node.write(put("in line")))
            for number in range(5):
                await node.write(put(f"vital {number}"), turn=WriteTurn.VITAL)
            assert not waiting.done()
            for task in (*slow, waiting):
                task.cancel()
    finally:
        await node.close()
    assert await db.read(names) == [f"vital {number}" for number in range(5)]


async def test_an_outage_is_named_and_passes_without_a_restart_of_ours(
    db: PostgresDatabase, postgres_server: Postgres
) -> None:
    await db.write(put("before"))
    await asyncio.to_thread(postgres_server.stop)
    try:
        for call in (lambda: db.write(put("during")), lambda: db.read(names), db.migrate):
            with pytest.raises(StorageUnavailable, match="cannot be used now") as caught:
                await call()
            assert caught.value.retry_after
    finally:
        await asyncio.to_thread(postgres_server.start)
    assert await db.write(put("after")) == "after"
    assert await db.read(names) == ["after", "before"]


async def test_calls_during_a_crash_and_recovery_are_answered_or_refused_but_never_lost(
    db: PostgresDatabase, postgres_server: Postgres
) -> None:
    acknowledged: set[str] = set()
    stopping = asyncio.Event()

    async def write_on() -> None:
        for number in itertools.count():
            if stopping.is_set():
                return
            try:
                acknowledged.add(await db.write(put(f"{id(asyncio.current_task())} {number}")))
            except StorageFailed:
                await asyncio.sleep(0.01)

    writers = [asyncio.ensure_future(write_on()) for _ in range(4)]
    await asyncio.sleep(0.3)
    # An orderly stop: this server runs without fsync, so a crash may lose what it had acknowledged.
    await asyncio.to_thread(postgres_server.restart)
    count = len(acknowledged)
    async with asyncio.timeout(20):
        while len(acknowledged) < count + 20:
            await asyncio.sleep(0.01)
    stopping.set()
    await asyncio.gather(*writers)
    assert acknowledged <= set(await db.read(names))


async def test_a_server_that_is_not_there_cannot_be_started_on(unused_tcp_port: int) -> None:
    with pytest.raises(StorageUnavailable, match="cannot be used now"):
        await PostgresDatabase(f"postgresql://postroom@127.0.0.1:{unused_tcp_port}/x").start()


async def test_options_of_libpq_work_in_the_url(own_postgres_url: str) -> None:
    async with opened(f"{own_postgres_url}?sslmode=disable&application_name=postroom-test") as db:
        name = await db.read(lambda conn: conn.execute(sa.text("SHOW application_name")).scalar_one())
    assert name == "postroom-test"


async def test_more_callers_than_connections_are_all_served(db: PostgresDatabase) -> None:
    results = await asyncio.gather(*[db.write(put(f"{n:03}")) for n in range(200)])
    assert len(results) == len(await db.read(names)) == 200


async def test_a_transaction_that_stands_still_is_ended_by_the_server(
    own_postgres_url: str, db: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is stopped in the middle of one must not keep its locks from the others."""
    monkeypatch.setattr("postroom.storage.engines.postgres.sessions.IDLE_IN_TRANSACTION", 0.2)
    sleepy = PostgresDatabase(own_postgres_url)
    await sleepy.start()

    def fall_asleep(conn: Connection) -> None:
        put("mine")(conn)
        # Nothing of this process runs meanwhile, as if it were suspended.
        time.sleep(0.8)
        put("too late")(conn)

    with pytest.raises(StorageUnavailable):
        await sleepy.write(fall_asleep)
    await sleepy.close()
    assert await db.read(names) == []


async def test_a_migration_whose_commit_is_lost_does_not_say_that_nothing_was_stored(
    postgres_server: Postgres,
) -> None:
    parts = sa.make_url(postgres_server.create_database())
    async with FaultProxy(str(parts.host), int(parts.port or 5432)) as proxy:
        far = PostgresDatabase(parts.set(host=proxy.host, port=proxy.port).render_as_string(hide_password=False))
        proxy.lose_answer(b"COMMIT")
        with pytest.raises(OutcomeUnknown):
            await far.migrate()
        await far.migrate()
