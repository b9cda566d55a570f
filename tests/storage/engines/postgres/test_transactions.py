"""One transaction: commits without an answer, conflicts that are tried again, refusals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_only

from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.storage.engines.postgres.database import PostgresDatabase
from postroom.storage.migrate import OLDEST
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import meta
from postroom.storage.wakeups import wake
from tests.fakes.databases import opened
from tests.fakes.fault_proxy import FaultProxy
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


@pytest.fixture
async def proxy(own_postgres_url: str) -> AsyncIterator[FaultProxy]:
    """A line to PostgreSQL that can be broken."""
    parts = sa.make_url(own_postgres_url)
    async with FaultProxy(str(parts.host), int(parts.port or 5432)) as running:
        yield running


@pytest.fixture
async def far(db: PostgresDatabase, own_postgres_url: str, proxy: FaultProxy) -> AsyncIterator[PostgresDatabase]:
    """The same database by way of the proxy."""
    url = sa.make_url(own_postgres_url).set(host=proxy.host, port=proxy.port)
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


async def test_what_is_lost_before_the_commit_was_not_stored(
    db: PostgresDatabase, far: PostgresDatabase, proxy: FaultProxy
) -> None:
    proxy.lose(b"INSERT")
    # It is tried again on a new connection, which must fail too.
    with pytest.raises(StorageUnavailable):
        await asyncio.gather(far.write(put("a")), proxy.refuse())
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


async def test_wake_ups_go_along_with_the_commit(
    db: PostgresDatabase, far: PostgresDatabase, proxy: FaultProxy
) -> None:
    def work(conn: Connection) -> None:
        put("a")(conn)
        wake(conn, "accounts", 'it\'s {a}, "b" \\ ü; COMMIT')

    heard = db.wakeups.subscribe("accounts")
    proxy.lose(b"pg_notify")
    # One message holds both, so nobody knows what became of it.
    with pytest.raises(OutcomeUnknown):
        await far.write(work)
    assert await db.read(names) == []
    await far.write(work)
    assert await heard.wait(30) == {'it\'s {a}, "b" \\ ü; COMMIT'}


async def test_a_wake_up_that_cannot_be_announced_undoes_its_transaction(db: PostgresDatabase) -> None:
    def work(conn: Connection) -> None:
        put("a")(conn)
        wake(conn, "accounts", "a" * 8000)

    # PostgreSQL takes payloads of less than 8,000 bytes.
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await db.write(work)
    assert await db.read(names) == []
    assert await db.write(put("b")) == "b"
