"""Wake-ups between nodes, and the end of transactions that stand still."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from postroom.storage.engines.postgres.database import PostgresDatabase
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import meta
from postroom.storage.wakeups import wake
from tests.fakes.databases import opened
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
    db: PostgresDatabase, postgres_server: Postgres, own_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The check is also how long the server may take to answer it: on a slow machine a shorter one would never be met.
    monkeypatch.setattr("postroom.storage.engines.postgres.listening.LISTEN_CHECK", 2.0)
    monkeypatch.setattr("postroom.storage.engines.postgres.listening.LISTEN_AGAIN", 0.1)
    async with opened(own_postgres_url) as node:
        waiter = node.wakeups.subscribe("accounts")
        await asyncio.to_thread(
            postgres_server.execute,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE (query LIKE 'LISTEN%' OR query LIKE '%ClientRead%') AND pid <> pg_backend_pid()",
        )
        async with asyncio.timeout(60):
            while not await waiter.wait(0.2):
                await db.write(lambda conn: wake(conn, "accounts", "a"))


# A process that the system stops in the middle of a batch of statements. It has changed the row before, so it surely
# holds the lock. Each change of a row in one transaction looks at all earlier ones: 20,000 of them took ten seconds.
_STOPS_IN_A_BATCH = """
import asyncio, asyncpg, os, signal, sys
def rows():
    for number in range(5_000):
        yield f"{number:0100}", "counter"
    os.kill(os.getpid(), signal.SIGSTOP)
async def main():
    connection = await asyncpg.connect(sys.argv[1])
    async with connection.transaction():
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 500")
        await connection.execute("UPDATE meta SET value = 'mine' WHERE name = 'counter'")
        await connection.executemany("UPDATE meta SET value = $1 WHERE name = $2", rows())
asyncio.run(main())
"""


async def test_a_process_that_stands_still_in_a_batch_does_not_keep_its_locks(
    own_postgres_url: str, db: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom.storage.engines.postgres.sessions.IDLE_IN_TRANSACTION", 0.5)
    monkeypatch.setattr("postroom.storage.engines.postgres.listening.LISTEN_CHECK", 2.0)
    await db.write(lambda conn: conn.execute(sa.insert(meta).values(name="counter", value="0")))
    other = PostgresDatabase(own_postgres_url)
    await other.start()
    with subprocess.Popen([sys.executable, "-c", _STOPS_IN_A_BATCH, own_postgres_url]) as sleepy:
        try:
            await asyncio.to_thread(os.waitid, os.P_PID, sleepy.pid, os.WSTOPPED)
            await other.write(
                lambda conn: conn.execute(sa.update(meta).values(value="1").where(meta.c.name == "counter"))
            )
            assert await other.read(lambda conn: conn.execute(COUNTER).scalar_one()) == "1"
        finally:
            sleepy.kill()
            await other.close()
