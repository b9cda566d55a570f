"""Work outlasts an outage, and is never done twice where it may have been done."""

from __future__ import annotations

import asyncio

import pytest

from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.storage.engines.postgres.database import PostgresDatabase
from postroom.storage.engines.sqlite import SqliteDatabase
from postroom.storage.outage import outlast, repeatable
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
            await eventually(lambda: tries == 1)
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


@pytest.mark.parametrize(
    ("failures", "tries"),
    [
        ([], 1),
        ([OutcomeUnknown("stored or not")], 2),
    ],
)
async def test_what_can_be_repeated_is_done_once_more_when_its_outcome_is_not_known(
    failures: list[Exception], tries: int
) -> None:
    assert await repeatable(Failing(failures)) == tries


@pytest.mark.parametrize("second", [OutcomeUnknown("stored or not"), StorageUnavailable("away")])
async def test_what_was_repeated_in_vain_has_not_begun(second: Exception) -> None:
    with pytest.raises(StorageUnavailable):
        await repeatable(Failing([OutcomeUnknown("stored or not"), second]))


@pytest.mark.parametrize("error", [StorageUnavailable("away"), ValueError("the work's own")])
async def test_nothing_else_is_repeated(error: Exception) -> None:
    attempt = Failing([error])
    with pytest.raises(type(error)):
        await repeatable(attempt)
    assert attempt.tries == 1


class Failing:
    """An attempt that fails as it is told to, and then returns how often it was made."""

    def __init__(self, failures: list[Exception]) -> None:
        self.failures = failures
        self.tries = 0

    async def __call__(self) -> int:
        self.tries += 1
        if self.tries <= len(self.failures):
            raise self.failures[self.tries - 1]
        return self.tries
