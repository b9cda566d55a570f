"""A database of the test's own: open, migrated, closed afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from postroom.storage.database import Database, open_database


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Open the database at `url` and bring it to the newest schema."""
    db = open_database(url)
    await db.start()
    try:
        await db.migrate()
        yield db
    finally:
        await db.close()
