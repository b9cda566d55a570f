"""PostgreSQL: a pool of asyncpg connections, one more for the heartbeat, and one that listens for wake-ups."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.log import get_logger
from postroom.storage.engines.comeback import Comeback
from postroom.storage.migrate import upgrade
from postroom.storage.statements.connection import Connection, Wakeup
from postroom.storage.turns import WriteTurn
from postroom.storage.wakeups import Wakeups, take_pending

T = TypeVar("T")

CHANNEL = "postroom"
# Serialization failures and deadlocks: PostgreSQL undid the work and asks for another try. A unique violation belongs
# here too (PostgreSQL 13.5.2): two transactions may both have seen a name free. The second try then finds it taken and
# raises its own error.
_RETRIED_STATES = frozenset({"40001", "40P01", "23505"})
_TRIES = 4
_CONNECT_TIMEOUT = 10.0
_STATEMENT_TIMEOUT = 60.0
# A process with much to do at once, such as hundreds of accounts to take over, lets its work wait for a free
# connection. That is no outage. Work that gave up early would only start again, and delay the work behind it.
_QUEUE_TIMEOUT = 60.0
# A process may stop in the middle of a transaction (suspended, or its machine lost) and hold locks that others need.
# PostgreSQL ends such a transaction after this time, which is before the process's accounts are taken over.
_IDLE_IN_TRANSACTION = 10.0
# PostgreSQL does not count a session as idle whose client stopped between the statements of a batch. Other processes
# end it. A COPY waits for its client by nature, and no process of ours copies.
_END_STALLED = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
      AND xact_start IS NOT NULL AND state = 'active' AND wait_event = 'ClientRead' AND query !~* '^\\s*COPY'
      AND state_change < clock_timestamp() - make_interval(secs => $1)
"""
_LISTEN_CHECK = 5.0
_LISTEN_AGAIN = 1.0
# Classes of SQLSTATE: connection, credentials, no such database, resources, operator, system.
_NOT_NOW = ("08", "28", "3D", "53", "57", "58")
_READ_ONLY = "25006"
# Read-only, ended while idle in a transaction, lock not available.
_NOT_NOW_STATES = frozenset({_READ_ONLY, "25P03", "55P03"})
# "Transaction resolution unknown" and "statement completion unknown"; poolers and proxies answer with these.
_UNRESOLVED = frozenset({"08007", "40003"})
_DRIVER_ERRORS = (sa.exc.DBAPIError, sa.exc.TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
_NOTIFY = sa.text("SELECT pg_notify(:channel, payload) FROM unnest(CAST(:payloads AS text[])) AS payload")
log = get_logger("storage")


def sqlstate(error: BaseException) -> str | None:
    """Return the five-character code of PostgreSQL, wherever the drivers put it."""
    original: Any = getattr(error, "orig", error)
    return getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)


def unavailable(error: BaseException) -> StorageUnavailable | None:
    """Return the verdict for errors that mean "not now": connection lost or refused, starting, stopping, disk full."""
    state = sqlstate(error) or ""
    lost = isinstance(error, OSError | sa.exc.InterfaceError | sa.exc.TimeoutError | asyncpg.InterfaceError)
    if lost or _lost_connection(error) or state.startswith(_NOT_NOW) or state in _NOT_NOW_STATES:
        detail = str(getattr(error, "orig", error)) or type(error).__name__
        return StorageUnavailable(f"The database cannot be used now: {detail}", retry_after=1.0)
    return None


def _lost_connection(error: BaseException) -> bool:
    return isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated


def is_refusal(error: BaseException) -> bool:
    """Say whether the server answered a COMMIT with an error and so undid the transaction.

    Only the severity ERROR is such an answer. FATAL and PANIC end the session, possibly after the commit: for example
    when an administrator ends a session that waits for its standby. The drivers' own errors have no severity.
    """
    original = getattr(error, "orig", error)
    answered = original.__cause__ if isinstance(original.__cause__, asyncpg.PostgresError) else original
    return getattr(answered, "severity_en", None) == "ERROR" and sqlstate(error) not in _UNRESOLVED


class PostgresDatabase:
    """The engine for many processes and many machines."""

    dialect = "postgresql"

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.wakeups = Wakeups()
        self.comeback = Comeback()
        self._url = url
        self._pool_size = pool_size
        self._engine: AsyncEngine | None = None
        # A connection apart, because the heartbeat must not wait behind hundreds of accounts that wait for the pool.
        self._vital: AsyncEngine | None = None
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    async def start(self) -> None:
        self._engine = self._new_engine(_STATEMENT_TIMEOUT, self._pool_size, spare=self._pool_size)
        self._vital = self._new_engine(_STATEMENT_TIMEOUT, 1)
        try:
            await self.read(lambda conn: conn.execute(sa.text("SELECT 1")))
        except BaseException:
            await self.close()
            raise
        self._listener = asyncio.get_running_loop().create_task(self._listen(), name="postgres-listener")
        # Wake-ups are only hints, so the start does not wait for ever for a listener that is slow to connect.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CONNECT_TIMEOUT):
                await self._listening.wait()

    async def close(self) -> None:
        listener, self._listener = self._listener, None
        engines, self._engine, self._vital = (self._engine, self._vital), None, None
        if listener is not None:
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listener
        for engine in engines:
            if engine is not None:
                await engine.dispose()

    async def migrate(self) -> None:
        engine = self._new_engine(None, 1)
        try:
            async with engine.connect() as conn:
                # One node migrates. The others wait here, and then find nothing to do.
                await conn.execute(sa.text("SELECT pg_advisory_xact_lock(7305791)"))
                await conn.run_sync(upgrade)
                await _commit(conn)
        except _DRIVER_ERRORS as error:
            raise unavailable(error) or error from error
        finally:
            await engine.dispose()

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._run(self._engine, work, commit=False)

    async def write(self, work: Callable[[Connection], T], *, turn: WriteTurn = WriteTurn.NORMAL) -> T:
        # `turn` hardly matters here, because each piece of work has its own connection.
        return await self._run(self._vital if turn is WriteTurn.VITAL else self._engine, work, commit=True)

    def _new_engine(self, statement_timeout: float | None, size: int, *, spare: int = 0) -> AsyncEngine:
        async def connect() -> asyncpg.Connection:
            # asyncpg reads the URL itself, so that libpq's options (sslmode, the folder of a socket, ...) work in it.
            made = await asyncpg.connect(self._url, timeout=_CONNECT_TIMEOUT, command_timeout=statement_timeout)
            try:
                if statement_timeout is not None:
                    # Not as a start-up parameter, because a pooler in between would refuse it.
                    await made.execute(f"SET idle_in_transaction_session_timeout = {int(_IDLE_IN_TRANSACTION * 1000)}")
            except BaseException:
                # Nobody else knows this connection yet, so it must be closed here.
                made.terminate()
                raise
            return made

        return create_async_engine(
            "postgresql+asyncpg://",
            async_creator=connect,
            pool_size=size,
            max_overflow=spare,
            pool_timeout=_QUEUE_TIMEOUT,
        )

    async def _run(self, engine: AsyncEngine | None, work: Callable[[Connection], T], *, commit: bool) -> T:
        tries = 0
        while True:
            tries += 1
            try:
                return await self._run_once(engine, work, commit=commit)
            except _DRIVER_ERRORS as error:
                # A connection lost before the commit means that the work was undone. After an outage every pooled
                # connection is dead. The driver drops them all when it finds the first, so the next try gets a new one.
                again = sqlstate(error) in _RETRIED_STATES or (_lost_connection(error) and tries == 1)
                if again and tries < _TRIES:
                    continue
                verdict = unavailable(error)
                if verdict is None:
                    raise
                raise verdict from error

    async def _run_once(self, engine: AsyncEngine | None, work: Callable[[Connection], T], *, commit: bool) -> T:
        if engine is None:
            raise StorageUnavailable("The database is closed.")
        async with engine.connect() as conn:
            library = conn.sync_connection
            assert library is not None
            used = Connection(library)
            try:
                result = await conn.run_sync(lambda _: work(used))
            except _DRIVER_ERRORS as error:
                if sqlstate(error) == _READ_ONLY:
                    # The server has become a standby. A new connection may lead to the new primary.
                    await conn.invalidate()
                raise
            if commit:
                await _announce(conn, take_pending(used))
                await _commit(conn)
            return result

    async def _listen(self) -> None:
        """Hold one connection in LISTEN and reconnect when it breaks. Polling makes up for missed hints.

        The check that the connection lives also ends transactions of processes that stand still.
        """
        while True:
            connection: asyncpg.Connection | None = None
            try:
                connection = await asyncpg.connect(self._url, timeout=_CONNECT_TIMEOUT)
                await connection.add_listener(CHANNEL, self._heard)
                self._listening.set()
                while not connection.is_closed():
                    await asyncio.sleep(_LISTEN_CHECK)
                    ended = await connection.fetchval(_END_STALLED, _IDLE_IN_TRANSACTION, timeout=_LISTEN_CHECK)
                    if ended:
                        log.warning("ended transactions of a process that stands still", count=ended)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.debug("wake-ups interrupted", error=str(error))
            finally:
                if connection is not None:
                    connection.terminate()
            await asyncio.sleep(_LISTEN_AGAIN)

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        topic, _, key = str(payload).partition(" ")
        self.wakeups.publish([(topic, key)])


async def _announce(conn: AsyncConnection, wakes: list[Wakeup]) -> None:
    if wakes:
        payloads = [f"{topic} {key}" for topic, key in dict.fromkeys(wakes)]
        await conn.execute(_NOTIFY, {"channel": CHANNEL, "payloads": payloads})


async def _commit(conn: AsyncConnection) -> None:
    """Commit. Raises OutcomeUnknown unless the server refused, or could not even be asked."""
    driver: Any = (await conn.get_raw_connection()).driver_connection
    if driver.is_closed():
        raise StorageUnavailable("The database went away before a commit; nothing was stored.", retry_after=1.0)
    try:
        await conn.commit()
    except _DRIVER_ERRORS as error:
        if is_refusal(error):
            raise
        raise OutcomeUnknown(
            "The database went away during a commit: whether the change was stored is not known. Look before "
            "trying again.",
            retry_after=1.0,
        ) from error
