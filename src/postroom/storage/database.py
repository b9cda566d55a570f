"""The database as the other rooms see it: `read` and `write` run a function over a SQLAlchemy connection.

Stores are plain functions of a `sqlalchemy.Connection`. On SQLite they run in a thread beside the driver, and writes
that fall together share one transaction; on PostgreSQL they run on a pooled asyncpg connection. See
`docs/decisions/0001-synchronous-stores.md` for the measurements behind this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import sqlalchemy as sa

from postroom.storage.engines.comeback import Comeback
from postroom.storage.turns import Turn
from postroom.storage.wakeups import Wakeups

T = TypeVar("T")


class Database(Protocol):
    """One database, open from `start` to `close`.

    `write` and `read` raise `StorageUnavailable` when the database cannot be used: nothing was stored. `write` raises
    `OutcomeUnknown` when a commit failed without an answer: stored or not. Any other exception is the work's own, and
    undid it. A work function must have no effect but its rows: it is run again after a serialization failure. A caller
    who is cancelled while `write` runs does not know whether it was stored, but it was stored whole or not at all.
    """

    wakeups: Wakeups
    comeback: Comeback

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    async def start(self) -> None:
        """Connect; raise StorageUnavailable when that is impossible."""
        ...

    async def close(self) -> None:
        """Finish what is queued and disconnect."""
        ...

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in a transaction that is never committed."""
        ...

    async def write(self, work: Callable[[sa.Connection], T], *, turn: Turn = Turn.NORMAL) -> T:
        """Run `work` in a transaction; return its result once it is durable. An exception undoes only this work.

        `turn` is how urgent it is where writes wait in line.
        """
        ...

    async def migrate(self) -> None:
        """Bring the schema to the newest version."""
        ...


def open_database(url: str) -> Database:
    """Return the database for `sqlite:///PATH` or `postgresql://…`, not yet started."""
    if url.startswith("sqlite:///"):
        from postroom.storage.engines.sqlite import SqliteDatabase

        return SqliteDatabase(url)
    from postroom.storage.engines.postgres import PostgresDatabase

    return PostgresDatabase(url)
