"""The database that the tests of this folder share the shape of."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postroom.storage.database import Database
from tests.fakes.databases import opened


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A migrated database, once on SQLite and once on PostgreSQL."""
    async with opened(database_url) as database:
        yield database
