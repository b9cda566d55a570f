"""Databases for tests: open and migrated, or shared and emptied, and closed afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa

from postroom.storage.database import Database, open_database
from postroom.storage.tables import metadata


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


async def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema."""
    async with opened(url):
        pass


@asynccontextmanager
async def emptied(url: str) -> AsyncIterator[Database]:
    """Open a database that has its schema already and delete every row: much quicker than a new one for each test."""
    db = open_database(url)
    await db.start()
    try:
        await db.write(_delete_rows)
        yield db
    finally:
        await db.close()


def _delete_rows(conn: sa.Connection) -> None:
    tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    conn.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
