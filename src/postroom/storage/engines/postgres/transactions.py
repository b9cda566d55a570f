"""One transaction for one piece of work: begun, announced, committed, tried again when PostgreSQL asks for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

import asyncpg
from sqlalchemy.util import greenlet_spawn

from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.storage.engines.postgres.driver import raise_as_library
from postroom.storage.engines.postgres.faults import (
    DRIVER_ERRORS,
    is_again,
    is_refusal,
    unavailable,
)
from postroom.storage.engines.postgres.listening import announcement
from postroom.storage.engines.postgres.sessions import DatabaseSession, DatabaseSessions, LostSession
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import take_pending

__all__ = ["certain", "commit", "read", "write"]

T = TypeVar("T")
_TRIES: Final = 4


async def read(sessions: DatabaseSessions, work: Callable[[Connection], T]) -> T:
    """Run work that changes nothing. Each of its statements sees what is committed when it begins."""
    return await _run(sessions, work, changes=False)


async def write(sessions: DatabaseSessions, work: Callable[[Connection], T]) -> T:
    """Run work in a transaction of its own. Raises StorageUnavailable, OutcomeUnknown, or the work's own error."""
    return await _run(sessions, work, changes=True)


async def commit(session: DatabaseSession) -> None:
    """Announce the wake-ups and commit. Raises StorageUnavailable, OutcomeUnknown, or the refusal of the server."""
    also = announcement(take_pending(session.conn))
    if session.raw.is_closed():
        raise StorageUnavailable("The database went away before a commit; nothing was stored.", retry_after=1.0)
    try:
        answer = await certain(partial(session.commit, also))
    except asyncpg.PostgresError as error:
        raise_as_library(error, "COMMIT")
    if answer != "COMMIT":
        raise StorageUnavailable("The database undid the transaction; nothing was stored.", retry_after=1.0)


async def certain(send: Callable[[], Awaitable[T]]) -> T:
    """Return the answer to a commit. Raises OutcomeUnknown unless the server answered, if only with a refusal."""
    try:
        return await send()
    except Exception as error:
        if is_refusal(error):
            raise
        raise OutcomeUnknown(
            "The database went away during a commit: whether the change was stored is not known. Look before "
            "trying again.",
            retry_after=1.0,
        ) from error


async def _run(sessions: DatabaseSessions, work: Callable[[Connection], T], *, changes: bool) -> T:
    tries = 0
    error: BaseException
    while True:
        tries += 1
        try:
            async with sessions.lent() as session:
                return await _once(session, work, changes=changes)
        except LostSession as lost:
            # A connection lost before the commit means that the work was undone. The next try gets a new one.
            error, may_again = lost.error, tries == 1
        except DRIVER_ERRORS as refused:
            error, may_again = refused, False
        if tries < _TRIES and (may_again or is_again(error)):
            continue
        verdict = unavailable(error)
        if verdict is None:
            raise error
        raise verdict from error


def _whole(work: Callable[[Connection], T], conn: Connection) -> T:
    result = work(conn)
    conn.flush()
    return result


async def _once(session: DatabaseSession, work: Callable[[Connection], T], *, changes: bool) -> T:
    if changes:
        await session.begin()
    result: T = await greenlet_spawn(_whole, work, session.conn)
    if changes:
        await commit(session)
    return result
