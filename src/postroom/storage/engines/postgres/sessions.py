"""The connections of a process to PostgreSQL: made when needed, lent one at a time, dropped when something is wrong."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg
import sqlalchemy as sa
from sqlalchemy.pool import NullPool
from sqlalchemy.util import greenlet_spawn

from postroom.errors import StorageUnavailable
from postroom.storage.engines.postgres.driver import PostgresDriver
from postroom.storage.engines.postgres.faults import ABORTED, DRIVER_ERRORS, READ_ONLY, sqlstate
from postroom.storage.statements.connection import Connection

__all__ = [
    "CONNECT_TIMEOUT",
    "IDLE_IN_TRANSACTION",
    "DatabaseSession",
    "DatabaseSessions",
    "LostSession",
    "library_engine",
]

CONNECT_TIMEOUT = 10.0
_STATEMENT_TIMEOUT: Final = 60.0
# A process with much to do at once, such as hundreds of accounts to take over, lets its work wait for a free
# connection. That is no outage. Work that gave up early would only start again, and delay the work behind it.
_QUEUE_TIMEOUT: Final = 60.0
# A process may stop in the middle of a transaction (suspended, or its machine lost) and hold locks that others need.
# PostgreSQL ends such a transaction after this time, which is before the process's accounts are taken over.
IDLE_IN_TRANSACTION = 10.0
_STATEMENTS_KEPT: Final = 1000
_LEAVE_TIMEOUT: Final = 5.0


class DatabaseSession:
    """One connection: `conn` is what stores see, `raw` is the driver's. `is_broken` keeps it from being lent again."""

    __slots__ = ("_driver", "conn", "is_broken", "raw")

    def __init__(self, library: sa.Connection, raw: asyncpg.Connection) -> None:
        self.raw = raw
        self.is_broken = False
        self._driver = PostgresDriver(library, raw)
        self.conn = Connection(self._driver, library.dialect)

    @property
    def is_usable(self) -> bool:
        """Whether the next caller may have it."""
        return not self.is_broken and not self.raw.is_closed() and not self._driver.holds

    async def begin(self, also: str = "") -> None:
        """Begin a transaction; `also` are commands in the same exchange."""
        # Without an answer it is not known whether the transaction has begun.
        self._driver.holds = True
        await self.raw.execute(f"BEGIN; {also}" if also else "BEGIN")

    async def commit(self, also: str = "") -> str:
        """Send COMMIT; returns the answer, which is ROLLBACK when the transaction had failed before.

        `also` are commands before it, in the same exchange.
        """
        answer: str = await self.raw.execute(f"{also}COMMIT")
        self._driver.holds = False
        return answer

    async def undo(self) -> None:
        """Leave no transaction open, and no wish to wake anybody. A connection that cannot do that is broken."""
        self.conn.forget()
        if not self._driver.holds or self.raw.is_closed():
            return
        try:
            await self.raw.execute("ROLLBACK")
            self._driver.holds = False
        except DRIVER_ERRORS:
            self.is_broken = True

    def note(self, error: BaseException) -> None:
        """Remember a failed statement.

        A server that has become a standby is left, because a new connection may lead to the new primary.
        """
        if sqlstate(error) in (READ_ONLY, ABORTED):
            self.is_broken = True

    def drop(self) -> None:
        """End the connection at once. The server undoes what was not committed."""
        self.is_broken = True
        self.raw.terminate()

    async def close(self) -> None:
        """Take leave of the server."""
        with contextlib.suppress(*DRIVER_ERRORS):
            await self.raw.close(timeout=_LEAVE_TIMEOUT)


class LostSession(Exception):
    """A lent connection has ended; `error` is what its user got."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


class DatabaseSessions:
    """At most `size` connections. The one that was used last is lent first, so that few stay busy."""

    def __init__(self, url: str, size: int) -> None:
        self._engine = library_engine(url, _STATEMENT_TIMEOUT)
        self._size = size
        self._open = 0
        self._free: list[DatabaseSession] = []
        self._waiting: deque[asyncio.Future[DatabaseSession | None]] = deque()
        self._is_closed = False

    @contextlib.asynccontextmanager
    async def lent(self) -> AsyncIterator[DatabaseSession]:
        """Lend a connection, and leave no transaction on it. Raises LostSession for an error that came with its end."""
        session = await self.take()
        try:
            try:
                yield session
            except asyncio.CancelledError:
                # The server may still be at work on a statement, and undoes it when the connection ends.
                session.drop()
                raise
            except DRIVER_ERRORS as error:
                session.note(error)
                if self._left_dead(session):
                    raise LostSession(error) from error
                raise
            finally:
                await session.undo()
        finally:
            self.give_back(session)

    async def take(self) -> DatabaseSession:
        """Lend a connection. Raises StorageUnavailable, or what the driver raises when it cannot connect."""
        while self._free:
            session = self._free.pop()
            if session.is_usable:
                return session
            session.drop()
            self._open -= 1
        if self._open < self._size:
            return await self._connect()
        waiter: asyncio.Future[DatabaseSession | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(_QUEUE_TIMEOUT):
                passed = await waiter
        except (TimeoutError, asyncio.CancelledError) as error:
            if waiter.done() and not waiter.cancelled():
                self._pass_on(waiter.result())
            if isinstance(error, asyncio.CancelledError):
                raise
            raise StorageUnavailable(
                "The database cannot be used now: all connections to it have been busy for a minute.", retry_after=1.0
            ) from None
        return passed or await self._connect(has_place=True)

    def give_back(self, session: DatabaseSession) -> None:
        """Take a connection back; one that is not usable makes room for a new one."""
        if session.is_usable and not self._is_closed:
            self._pass_on(session)
        else:
            session.drop()
            self._pass_on(None)

    def _left_dead(self, session: DatabaseSession) -> bool:
        """Say whether a lent connection has ended. After an outage those that nobody uses are dead too: they go."""
        if not session.raw.is_closed():
            return False
        for idle in self._free:
            idle.drop()
        return True

    async def close(self) -> None:
        """End all connections."""
        self._is_closed = True
        free, self._free = self._free, []
        await asyncio.gather(*[session.close() for session in free])
        self._engine.dispose()

    def _pass_on(self, session: DatabaseSession | None) -> None:
        """Hand a connection, or the place for one, to whoever waits longest."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(session)
                return
        if session is None:
            self._open -= 1
        else:
            self._free.append(session)

    async def _connect(self, *, has_place: bool = False) -> DatabaseSession:
        if not has_place:
            self._open += 1
        try:
            library = await greenlet_spawn(self._engine.connect)
        except BaseException:
            self._pass_on(None)
            raise
        raw: Any = library.connection.driver_connection
        # This class is the pool. SQLAlchemy would warn of a connection that is dropped.
        library.detach()
        return DatabaseSession(library, raw)


def library_engine(url: str, statement_timeout: float | None, *, autocommit: bool = True) -> sa.Engine:
    """Return SQLAlchemy's engine, for functions in a greenlet. With `autocommit` it begins no transaction by itself."""

    async def connect(*_arguments: Any, **_options: Any) -> asyncpg.Connection:
        # asyncpg reads the URL itself, so that libpq's options (sslmode, the folder of a socket, ...) work in it.
        made = await asyncpg.connect(
            url,
            timeout=CONNECT_TIMEOUT,
            command_timeout=statement_timeout,
            statement_cache_size=_STATEMENTS_KEPT,
            max_cached_statement_lifetime=0,
        )
        try:
            if statement_timeout is not None:
                # Not as a start-up parameter, because a pooler in between would refuse it.
                await made.execute(f"SET idle_in_transaction_session_timeout = {int(IDLE_IN_TRANSACTION * 1000)}")
        except BaseException:
            # Nobody else knows this connection yet, so it must be closed here.
            made.terminate()
            raise
        return made

    # SQLAlchemy's asynchronous engine would load its whole ORM, and is a wrapper of this one.
    engine = sa.create_engine("postgresql+asyncpg://", poolclass=NullPool, connect_args={"async_creator_fn": connect})
    return engine.execution_options(isolation_level="AUTOCOMMIT") if autocommit else engine
