"""PostgreSQL as a database of ours: reads, writes in groups, the heartbeat's own connection, and the wake-ups."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.util import await_, greenlet_spawn

from postroom.errors import StorageUnavailable
from postroom.storage.engines.comeback import Comeback
from postroom.storage.engines.postgres import sessions, transactions
from postroom.storage.engines.postgres.faults import DRIVER_ERRORS, unavailable
from postroom.storage.engines.postgres.groups import WriteGroups
from postroom.storage.engines.postgres.listening import listen
from postroom.storage.engines.postgres.sessions import DatabaseSessions, library_engine
from postroom.storage.migrate import upgrade
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn
from postroom.storage.wakeups import Wakeups

T = TypeVar("T")


class PostgresDatabase:
    """The engine for many processes and many machines. It makes at most twice `pool_size` connections for its work."""

    dialect = "postgresql"

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.wakeups = Wakeups()
        self.comeback = Comeback()
        self._url = url
        self._pool_size = pool_size
        self._sessions: DatabaseSessions | None = None
        # A connection apart, because the heartbeat must not wait behind hundreds of accounts that wait for the others.
        self._vital: DatabaseSessions | None = None
        self._groups: WriteGroups | None = None
        self._listener: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._sessions = DatabaseSessions(self._url, 2 * self._pool_size)
        self._vital = DatabaseSessions(self._url, 1)
        self._groups = WriteGroups(self._sessions)
        self._groups.start()
        try:
            await self.read(lambda conn: conn.execute(sa.text("SELECT 1")))
        except BaseException:
            await self.close()
            raise
        listening = asyncio.Event()
        listener = listen(self._url, self.wakeups.publish, listening)
        self._listener = asyncio.get_running_loop().create_task(listener, name="postgres-listener")
        # Wake-ups are only hints, so the start does not wait for ever for a listener that is slow to connect.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(sessions.CONNECT_TIMEOUT):
                await listening.wait()

    async def close(self) -> None:
        groups, self._groups = self._groups, None
        if groups is not None:
            await groups.close()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
        pools, self._sessions, self._vital = (self._sessions, self._vital), None, None
        for pool in pools:
            if pool is not None:
                await pool.close()

    async def migrate(self) -> None:
        engine = library_engine(self._url, None, autocommit=False)
        try:
            await greenlet_spawn(_migrate, engine)
        except DRIVER_ERRORS as error:
            raise unavailable(error) or error from error
        finally:
            engine.dispose()

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await transactions.read(_open(self._sessions), work)

    async def write(self, work: Callable[[Connection], T], *, turn: WriteTurn = WriteTurn.NORMAL) -> T:
        if turn is WriteTurn.VITAL:
            return await transactions.write(_open(self._vital), work)
        return await _open(self._groups).submit(work, turn)


def _migrate(engine: sa.Engine) -> None:
    with engine.connect() as library:
        # One node migrates. The others wait here, and then find nothing to do.
        library.execute(sa.text("SELECT pg_advisory_xact_lock(7305791)"))
        upgrade(library)
        await_(transactions.certain(partial(greenlet_spawn, library.commit)))


def _open(part: T | None) -> T:
    if part is None:
        raise StorageUnavailable("The database is closed.")
    return part
