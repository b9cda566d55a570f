"""Databases for tests: at the newest schema, without rows, and closed afterwards.

Migrating costs more than most tests, so it happens once per process: SQLite files are copies of a migrated one, and
a PostgreSQL database is emptied for the next test.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from postroom.storage.database import Database, open_database
from postroom.storage.tables import metadata

_SQLITE = "sqlite:///"

# DELETE costs an eighth of TRUNCATE, but leaves dead rows behind.
_TABLES = [f'"{table.name}"' for table in reversed(metadata.sorted_tables)]
_DELETE = "; ".join(f"DELETE FROM {name}" for name in _TABLES)
# Of the same database.
END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_TRUNCATE = f"TRUNCATE {', '.join(_TABLES)}"
_HELD = "SELECT sum(pg_relation_size(relid)) FROM pg_stat_user_tables"
_MUCH = 2**20
_COUNT_ANEW = "SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences"
_migrated: list[bytes] = []

# What asyncpg may raise on a connection that was ended while nobody used it.
BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Open the database at `url` and bring it to the newest schema."""
    await make_sqlite(url)
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


async def make_sqlite(url: str) -> None:
    """Make the SQLite file of `url` with the newest schema, unless it is there or the URL names another engine."""
    if url.startswith(_SQLITE) and not (path := Path(url.removeprefix(_SQLITE))).exists():
        path.write_bytes(await _migrated_sqlite())


class Sweeper:
    """Deletes every row of a migrated PostgreSQL database for the next test, by one connection that it keeps.

    A new connection knows no table yet, and takes five times as long.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None

    async def sweep(self) -> None:
        """Delete every row; sessions that an earlier test left open end."""
        try:
            await self._sweep()
        except BROKEN:
            # An earlier test has ended the connection, or the server for a while.
            self.close()
            await self._sweep()

    async def _sweep(self) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._url)
        await self._connection.execute(END_OTHERS)
        await self._connection.execute(_TRUNCATE if await self._connection.fetchval(_HELD) > _MUCH else _DELETE)
        await self._connection.execute(_COUNT_ANEW)

    def close(self) -> None:
        """End the connection, whatever its state."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


async def _migrated_sqlite() -> bytes:
    if not _migrated:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "empty.db"
            db = open_database(f"{_SQLITE}{path}")
            await db.start()
            await db.migrate()
            await db.close()
            _migrated.append(path.read_bytes())
    return _migrated[0]
