"""The driver of PostgreSQL: rows and counts of compiled statements, and errors without their values."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.util import greenlet_spawn

from postroom.storage.engines.postgres.driver import PostgresDriver
from postroom.storage.engines.postgres.sessions import DatabaseSession, DatabaseSessions
from postroom.storage.statements.plans import StatementPlan, compiled
from postroom.storage.tables import meta
from tests.fakes.databases import opened


@pytest.fixture
async def session(own_postgres_url: str) -> AsyncIterator[DatabaseSession]:
    async with opened(own_postgres_url):
        pool = DatabaseSessions(own_postgres_url, 1)
        lent = await pool.take()
        yield lent
        await lent.undo()
        pool.give_back(lent)
        await pool.close()


def plan(session: DatabaseSession, statement: sa.Executable, *names: str) -> StatementPlan:
    made = compiled(statement, names, session.conn.dialect)
    assert made is not None
    return made


async def done(session: DatabaseSession, work: Callable[[PostgresDriver], Any]) -> Any:
    driver = session.conn._driver
    assert isinstance(driver, PostgresDriver)
    return await greenlet_spawn(work, driver)


async def test_statements_return_rows_or_counts(session: DatabaseSession) -> None:
    insert = plan(session, sa.insert(meta), "name", "value")
    select = plan(session, sa.select(meta.c.name).where(meta.c.value == sa.bindparam("v")).order_by(meta.c.name), "v")
    delete = plan(session, sa.delete(meta).where(meta.c.value == sa.bindparam("v")), "v")
    await session.begin()
    assert await done(session, lambda driver: driver.run(insert, ["a", "x"])) == ((), 1)
    assert await done(session, lambda driver: driver.run_many(insert, [["b", "x"], ["c", "x"]])) == -1
    rows, count = await done(session, lambda driver: driver.run(select, ["x"]))
    assert ([row[0] for row in rows], count) == (["a", "b", "c"], 3)
    assert await done(session, lambda driver: driver.run(delete, ["x"])) == ((), 3)


async def test_a_transaction_is_begun_when_one_is_needed(session: DatabaseSession) -> None:
    assert not session.raw.is_in_transaction()
    for _ in range(2):
        await done(session, lambda driver: driver.hold())
        assert session.raw.is_in_transaction()
    assert not session.is_usable


async def test_a_violated_constraint_is_the_library_s_error_without_the_values(session: DatabaseSession) -> None:
    insert = plan(session, sa.insert(meta), "name", "value")
    await session.begin()
    with pytest.raises(sa.exc.IntegrityError) as caught:
        await done(session, lambda driver: driver.run_many(insert, [["a", "hush"], ["a", "hush"]]))
    assert "hush" not in str(caught.value)
