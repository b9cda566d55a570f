"""The database as the other rooms see it: `read` and `write` run a function with a connection.

Stores are plain functions of a `Connection`. On SQLite they run in a thread beside the driver, on PostgreSQL in a
greenlet. Writes that arrive together share one transaction. The measurements behind this are in
`docs/decisions/0001-synchronous-stores.md` and `0026-transactions-are-shared.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from postroom.storage.engines.comeback import Comeback
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn
from postroom.storage.wakeups import Wakeups

T = TypeVar("T")


class Database(Protocol):
    """One database, open from `start` to `close`.

    `write` and `read` raise `StorageUnavailable` when the database cannot be used; then nothing was stored. `write`
    raises `OutcomeUnknown` when a commit failed without an answer; then it is not known whether anything was stored.
    Any other exception comes from the work function, whose changes were undone.

    A work function must have no effects other than its rows, because it may run again: after a serialization failure,
    or when other work spoilt the transaction that it shared. It must not go on after a statement that failed. If a
    caller is cancelled during `write`, the work is stored completely or not at all, but the caller does not know which.
    """

    wakeups: Wakeups
    comeback: Comeback

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    async def start(self) -> None:
        """Connect. Raises StorageUnavailable when that is impossible."""
        ...

    async def close(self) -> None:
        """Finish the queued work and disconnect."""
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, which changes nothing: a change would never be committed.

        On PostgreSQL each statement sees the rows that are committed when it begins.
        """
        ...

    async def write(self, work: Callable[[Connection], T], *, turn: WriteTurn = WriteTurn.NORMAL) -> T:
        """Run `work` in a transaction and return its result once it is durable. An exception undoes only this work.

        `turn` is its urgency among the writes that wait.
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
    from postroom.storage.engines.postgres.database import PostgresDatabase

    return PostgresDatabase(url)
