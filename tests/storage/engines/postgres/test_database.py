"""PostgreSQL alone: wake-ups between nodes, outages, connections that went stale, conflicts between transactions."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_only

from postroom.errors import OutcomeUnknown, StorageFailed, StorageUnavailable
from postroom.storage.engines.postgres.database import PostgresDatabase
from postroom.storage.migrate import OLDEST
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import meta
from postroom.storage.turns import WriteTurn
from postroom.storage.wakeups import wake
from tests.fakes.databases import opened
from tests.fakes.fault_proxy import FaultProxy
from tests.live.postgres import Postgres
from tests.storage.notes import names, put

COUNTER = sa.select(meta.c.value).where(meta.c.name == "counter")


@pytest.fixture
async def db(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    async with opened(postgres_url) as database:
        assert isinstance(database, PostgresDatabase)
        yield database


@pytest.fixture
async def other(db: PostgresDatabase, postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    """A second node on the same database."""
    database = PostgresDatabase(postgres_url)
    await database.start()
    yield database
    await database.close()


async def test_a_wake_up_reaches_every_node_after_the_commit(db: PostgresDatabase, other: PostgresDatabase) -> None:
    here, there = db.wakeups.subscribe("accounts"), other.wakeups.subscribe("accounts")

    def work(conn: Connection) -> None:
        put("a")(conn)
        for account in ("käse mit leer zeichen", "b", "b"):
            wake(conn, "accounts", account)

    await db.write(work)
    for waiter in (here, there):
        seen: set[str] = set()
        while len(seen) < 2:
            found = await waiter.wait(5)
            assert found
            seen |= found
        assert seen == {"käse mit leer zeichen", "b"}
    assert await other.read(names) == ["a"]


async def test_wake_ups_work_again_after_the_listening_connection_was_cut(
    db: PostgresDatabase, postgres_server: Postgres, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The check is also how long the server may take to answer it: on a slow machine a shorter one would never be met.
    monkeypatch.setattr("postroom.storage.engines.postgres.listening.LISTEN_CHECK", 2.0)
    monkeypatch.setattr("postroom.storage.engines.postgres.listening.LISTEN_AGAIN", 0.1)
    async with opened(postgres_url) as node:
        waiter = node.wakeups.subscribe("accounts")
        await asyncio.to_thread(
            postgres_server.execute,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE (query LIKE 'LISTEN%' OR query LIKE '%ClientRead%') AND pid <> pg_backend_pid()",
        )
        async with asyncio.timeout(60):
            while not await waiter.wait(0.2):
                await db.write(lambda conn: wake(conn, "accounts", "a"))


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
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("postroom.storage.engines.postgres.sessions.CONNECT_TIMEOUT", 1.0)
        node = PostgresDatabase(postgres_url, pool_size=1)
        await node.start()
    try:
        slow = [node.read(lambda conn: conn.execute(sa.text("SELECT pg_sleep(1.5)"))) for _ in range(2)]
        quick = [node.read(lambda conn: conn.execute(sa.text("SELECT 1")).scalar_one()) for _ in range(3)]
        assert (await asyncio.gather(*slow, *quick))[2:] == [1, 1, 1]
    finally:
        await node.close()


async def test_a_server_that_became_a_standby_is_left(postgres_url: str, db: PostgresDatabase) -> None:
    read_only = sa.text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    pooled = PostgresDatabase(postgres_url, pool_size=1)
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
    postgres_url: str, db: PostgresDatabase
) -> None:
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'leaving'"
    )
    leaving = PostgresDatabase(f"{postgres_url}?application_name=leaving")
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


async def test_what_is_vital_gets_through_while_the_pool_is_full(postgres_url: str, db: PostgresDatabase) -> None:
    node = PostgresDatabase(postgres_url, pool_size=1)
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


async def test_a_serialization_failure_is_tried_again(db: PostgresDatabase) -> None:
    await db.write(put("counter", "0"))

    def increment(conn: Connection) -> None:
        conn.execute(sa.text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
        value = int(conn.execute(COUNTER).scalar_one())
        conn.execute(sa.text("SELECT pg_sleep(0.02)"))
        conn.execute(sa.update(meta).where(meta.c.name == "counter").values(value=str(value + 1)))

    await asyncio.gather(db.write(increment), db.write(increment), db.write(increment))
    assert await db.read(lambda conn: conn.execute(COUNTER).scalar_one()) == "3"


async def test_a_deadlock_is_tried_again(db: PostgresDatabase, other: PostgresDatabase) -> None:
    await db.write(put("a"))
    await db.write(put("b"))
    runs: list[str] = []

    def touch(first: str, second: str) -> object:
        def work(conn: Connection) -> None:
            runs.append(first)
            conn.execute(sa.text("SET LOCAL deadlock_timeout = '50ms'"))
            for name in (first, second):
                conn.execute(sa.update(meta).where(meta.c.name == name).values(value=meta.c.value + first))
                conn.execute(sa.text("SELECT pg_sleep(0.1)"))

        return work

    await asyncio.gather(db.write(touch("a", "b")), other.write(touch("b", "a")))  # type: ignore[arg-type]
    assert len(runs) > 2
    values = await db.read(lambda conn: conn.execute(sa.select(meta.c.value).where(meta.c.name != OLDEST)).scalars())
    assert [sorted(value) for value in values] == [["a", "b", "x"]] * 2


async def test_of_two_transactions_that_both_saw_a_name_free_the_second_finds_it_taken(db: PostgresDatabase) -> None:
    def take(conn: Connection) -> str:
        if conn.execute(sa.select(meta.c.name).where(meta.c.name == "a")).first() is not None:
            return "taken"
        conn.execute(sa.text("SELECT pg_sleep(0.1)"))
        put("a")(conn)
        return "mine"

    assert sorted(await asyncio.gather(*[db.write(take) for _ in range(3)])) == ["mine", "taken", "taken"]


async def test_options_of_libpq_work_in_the_url(postgres_url: str) -> None:
    async with opened(f"{postgres_url}?sslmode=disable&application_name=postroom-test") as db:
        name = await db.read(lambda conn: conn.execute(sa.text("SHOW application_name")).scalar_one())
    assert name == "postroom-test"


async def test_more_callers_than_connections_are_all_served(db: PostgresDatabase) -> None:
    results = await asyncio.gather(*[db.write(put(f"{n:03}")) for n in range(200)])
    assert len(results) == len(await db.read(names)) == 200


async def test_a_transaction_that_stands_still_is_ended_by_the_server(
    postgres_url: str, db: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is stopped in the middle of one must not keep its locks from the others."""
    monkeypatch.setattr("postroom.storage.engines.postgres.sessions.IDLE_IN_TRANSACTION", 0.2)
    sleepy = PostgresDatabase(postgres_url)
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


# A process that the system stops in the middle of a batch of statements. It has changed the row by then.
_STOPS_IN_A_BATCH = """
import asyncio, asyncpg, os, signal, sys
def rows():
    for number in range(20_000):
        yield f"{number:0100}", "counter"
    os.kill(os.getpid(), signal.SIGSTOP)
async def main():
    connection = await asyncpg.connect(sys.argv[1])
    async with connection.transaction():
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 500")
        await connection.executemany("UPDATE meta SET value = $1 WHERE name = $2", rows())
asyncio.run(main())
"""


async def test_a_process_that_stands_still_in_a_batch_does_not_keep_its_locks(
    postgres_url: str, db: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom.storage.engines.postgres.sessions.IDLE_IN_TRANSACTION", 0.5)
    monkeypatch.setattr("postroom.storage.engines.postgres.listening.LISTEN_CHECK", 2.0)
    await db.write(lambda conn: conn.execute(sa.insert(meta).values(name="counter", value="0")))
    other = PostgresDatabase(postgres_url)
    await other.start()
    with subprocess.Popen([sys.executable, "-c", _STOPS_IN_A_BATCH, postgres_url]) as sleepy:
        try:
            await asyncio.to_thread(os.waitid, os.P_PID, sleepy.pid, os.WSTOPPED)
            await other.write(
                lambda conn: conn.execute(sa.update(meta).values(value="1").where(meta.c.name == "counter"))
            )
            assert await other.read(lambda conn: conn.execute(COUNTER).scalar_one()) == "1"
        finally:
            sleepy.kill()
            await other.close()


@pytest.fixture
async def proxy(postgres_url: str) -> AsyncIterator[FaultProxy]:
    """A line to PostgreSQL that can be broken."""
    parts = sa.make_url(postgres_url)
    async with FaultProxy(str(parts.host), int(parts.port or 5432)) as running:
        yield running


@pytest.fixture
async def far(db: PostgresDatabase, postgres_url: str, proxy: FaultProxy) -> AsyncIterator[PostgresDatabase]:
    """The same database by way of the proxy."""
    url = sa.make_url(postgres_url).set(host=proxy.host, port=proxy.port)
    database = PostgresDatabase(url.render_as_string(hide_password=False), pool_size=1)
    await database.start()
    yield database
    await database.close()


async def test_when_the_answer_to_a_commit_is_lost_the_outcome_is_not_known(
    db: PostgresDatabase, far: PostgresDatabase, proxy: FaultProxy
) -> None:
    proxy.lose_answer(b"COMMIT")
    with pytest.raises(OutcomeUnknown):
        await far.write(put("stored"))
    proxy.lose(b"COMMIT")
    with pytest.raises(OutcomeUnknown):
        await far.write(put("not stored"))
    assert proxy.losses == 2
    assert await db.read(names) == ["stored"]
    assert await far.write(put("after")) == "after"


@pytest.mark.parametrize("words", [b"INSERT", b"pg_notify"])
async def test_what_is_lost_before_the_commit_was_not_stored(
    db: PostgresDatabase, far: PostgresDatabase, proxy: FaultProxy, words: bytes
) -> None:
    def work(conn: Connection) -> None:
        put("a")(conn)
        wake(conn, "accounts", "a")

    proxy.lose(words)
    # It is tried again on a new connection, which must fail too.
    with pytest.raises(StorageUnavailable):
        await asyncio.gather(far.write(work), proxy.refuse())
    await proxy.accept()
    assert await db.read(names) == []


async def test_a_connection_that_is_known_to_be_gone_is_not_asked_to_commit(
    db: PostgresDatabase, far: PostgresDatabase, proxy: FaultProxy
) -> None:
    def work(conn: Connection) -> None:
        put("a")(conn)
        proxy.cut()
        # Until the driver has seen the end of the connection.
        driver = conn.library.connection.dbapi_connection.driver_connection  # type: ignore[union-attr]
        assert driver is not None
        while not driver.is_closed():
            await_only(asyncio.sleep(0.01))

    with pytest.raises(StorageUnavailable):
        await far.write(work)
    assert await db.read(names) == []


async def test_a_commit_that_the_server_refuses_is_the_works_own_error(db: PostgresDatabase) -> None:
    await db.write(
        lambda conn: conn.execute(
            sa.text(
                "CREATE TABLE pairs (name text PRIMARY KEY, other text REFERENCES pairs DEFERRABLE INITIALLY DEFERRED)"
            )
        )
    )
    with pytest.raises(sa.exc.IntegrityError):
        await db.write(lambda conn: conn.execute(sa.text("INSERT INTO pairs VALUES ('a', 'nobody')")))
    assert await db.read(lambda conn: conn.execute(sa.text("SELECT count(*) FROM pairs")).scalar_one()) == 0


async def test_a_session_ended_by_an_administrator_while_it_commits_may_have_committed(db: PostgresDatabase) -> None:
    """A trigger at the end of the transaction stands for the wait for a standby, which is after the commit."""

    def prepare(conn: Connection) -> None:
        conn.execute(sa.text("CREATE TABLE slow (pid int)"))
        body = "BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END"
        conn.execute(sa.text(f"CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"))
        conn.execute(
            sa.text(
                "CREATE CONSTRAINT TRIGGER last AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW EXECUTE FUNCTION stop()"
            )
        )

    await db.write(prepare)
    with pytest.raises(OutcomeUnknown):
        await db.write(lambda conn: conn.execute(sa.text("INSERT INTO slow VALUES (1)")))


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
