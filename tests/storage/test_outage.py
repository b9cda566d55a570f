"""Work outlasts an outage, and is never done twice where it may have been done."""

from __future__ import annotations

import asyncio

import pytest

from postroom.errors import OutcomeUnknown
from postroom.storage.outage import outlast
from postroom.storage.postgres import PostgresDatabase
from postroom.storage.sqlite import SqliteDatabase
from tests.fakes.databases import opened
from tests.fakes.waiting import eventually
from tests.live.postgres import Postgres
from tests.storage.notes import names, put


async def test_what_fails_while_the_database_is_away_is_done_when_it_is_back(postgres_server: Postgres) -> None:
    async with opened(postgres_server.create_database()) as db:
        assert isinstance(db, PostgresDatabase)
        tries = 0

        async def attempt() -> str:
            nonlocal tries
            tries += 1
            return await db.write(put("once"))

        await asyncio.to_thread(postgres_server.stop)
        try:
            waiting = asyncio.ensure_future(outlast(db, attempt))
            await eventually(lambda: tries == 1, 30)
            await asyncio.sleep(2.5)
            assert tries == 1, "it is the database that is asked, not the work that is tried"
        finally:
            await asyncio.to_thread(postgres_server.start)
        assert await asyncio.wait_for(waiting, 60) == "once"
        assert "once" in await db.read(names)


@pytest.mark.parametrize("error", [OutcomeUnknown("stored or not"), ValueError("the work's own")])
async def test_what_may_have_been_stored_is_not_tried_again(sqlite_url: str, error: Exception) -> None:
    tries = 0

    async def attempt() -> None:
        nonlocal tries
        tries += 1
        raise error

    with pytest.raises(type(error)):
        await outlast(SqliteDatabase(sqlite_url), attempt)
    assert tries == 1


async def test_nothing_waits_without_need(sqlite_url: str) -> None:
    async with opened(sqlite_url) as db:
        assert await outlast(db, lambda: db.write(put("a"))) == "a"
