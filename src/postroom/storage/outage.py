"""What happens to work when the database fails: it waits instead of failing, or is repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from postroom.errors import OutcomeUnknown, StorageFailed, StorageUnavailable
from postroom.storage.database import Database
from postroom.storage.probe import write_row

_TRIES: Final = 8
_PAUSE: Final = 0.5

T = TypeVar("T")


async def outlast(db: Database, attempt: Callable[[], Awaitable[T]]) -> T:
    """Return the result of `attempt`, which is repeated each time the database is back.

    Raises OutcomeUnknown, because something may have been stored and only the caller can decide whether to repeat it.
    """
    while True:
        try:
            return await attempt()
        except StorageUnavailable:
            await db.comeback.wait(lambda: db.write(write_row))


async def repeatable(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return the result of `attempt`, a write that may be done twice and that no caller knows to be done yet.

    If its outcome is unknown, it is repeated once. Raises StorageUnavailable when that fails too: for the caller, the
    request then has not begun.
    """
    try:
        return await attempt()
    except OutcomeUnknown:
        pass
    try:
        return await attempt()
    except StorageFailed as error:
        raise StorageUnavailable(f"The database cannot be used now: {error.message}", retry_after=1.0) from error


async def insist(attempt: Callable[[], Awaitable[T]]) -> T:
    """Like `repeatable`, but keep trying for a few seconds, because the data exist nowhere else."""
    for _ in range(_TRIES):
        try:
            return await attempt()
        except StorageFailed:
            await asyncio.sleep(_PAUSE)
    return await repeatable(attempt)
