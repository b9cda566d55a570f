"""The accounts of an empty database on both engines, with a clock that the test can turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from tests.fakes.databases import emptied, migrate, opened
from tests.live.postgres import Postgres


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    now: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture(scope="package")
def migrated_postgres_url(postgres_server: Postgres) -> str:
    """A PostgreSQL database that the tests of this folder share, one after the other."""
    url = postgres_server.create_database()
    asyncio.run(migrate(url))
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared_url(request: pytest.FixtureRequest) -> str:
    """A new SQLite file, or the PostgreSQL database of this folder."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"))


@pytest.fixture
async def db(shared_url: str) -> AsyncIterator[Database]:
    """A migrated database without rows, once on SQLite and once on PostgreSQL."""
    opening = opened if shared_url.startswith("sqlite") else emptied
    async with opening(shared_url) as database:
        yield database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(db: Database, clock: Clock) -> Accounts:
    """The accounts service on both engines."""
    return Accounts(db, SecretBox(("secret",)), clock)
