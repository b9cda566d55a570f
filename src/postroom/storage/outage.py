"""What becomes of work when the database fails: it waits in place of failing, or is done once more."""

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
    """Return what `attempt` returns, made anew each time the database is back.

    Raises OutcomeUnknown: what may have been stored is not for this function to try again.
    """
    while True:
        try:
            return await attempt()
        except StorageUnavailable:
            await db.comeback.wait(lambda: db.write(write_row))


async def repeatable(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return what `attempt` returns, a write that may be done twice and of which nobody was told that it is done.

    One whose outcome is not known is done once more. Raises StorageUnavailable when that fails too: what the caller was
    asked for has not been begun.
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
    """Do what `repeatable` does, but try for a few seconds: what is to be stored exists nowhere else."""
    for _ in range(_TRIES):
        try:
            return await attempt()
        except StorageFailed:
            await asyncio.sleep(_PAUSE)
    return await repeatable(attempt)
