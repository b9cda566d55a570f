"""Work that outlasts an outage of the database: it waits for it in place of failing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.storage.database import Database
from postroom.storage.probe import write_row

T = TypeVar("T")


async def outlast(db: Database, attempt: Callable[[], Awaitable[T]]) -> T:
    """Return what `attempt` returns, made anew each time the database is back.

    Raises OutcomeUnknown: what may have been stored is not for this function to try again.
    """
    while True:
        try:
            return await attempt()
        except OutcomeUnknown:
            raise
        except StorageUnavailable:
            await db.comeback.wait(lambda: db.write(write_row))
