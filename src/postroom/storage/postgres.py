"""PostgreSQL: a pool of asyncpg connections, and one more that listens for wake-ups from every node."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from postroom.errors import StorageUnavailable
from postroom.log import get_logger
from postroom.storage.migrate import upgrade
from postroom.storage.wakeups import Wakeups, take_pending

T = TypeVar("T")

CHANNEL = "postroom"
# Serialization failures and deadlocks: PostgreSQL undid the work and asks that it be tried again.
_RETRIED_STATES = {"40001", "40P01"}
_TRIES = 4
_LISTEN_CHECK = 5.0
log = get_logger("storage")


def sqlstate(error: BaseException) -> str | None:
    """Return the five-character code PostgreSQL gave, wherever the drivers put it."""
    original: Any = getattr(error, "orig", error)
    return getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)


def unavailable(error: BaseException) -> StorageUnavailable | None:
    """Return the verdict for errors that mean "not now": connection lost, starting up, shutting down, disk full."""
    state = sqlstate(error) or ""
    lost = isinstance(error, OSError | TimeoutError | sa.exc.InterfaceError | asyncpg.InterfaceError)
    invalidated = isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated
    if lost or invalidated or state.startswith(("08", "53", "57")) or state in {"25006", "55P03"}:
        detail = str(getattr(error, "orig", error)) or type(error).__name__
        return StorageUnavailable(f"The database cannot be used now: {detail}", retry_after=1.0)
    return None


class PostgresDatabase:
    """The engine for many processes and many machines."""

    dialect = "postgresql"

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.wakeups = Wakeups()
        self._url = url
        self._pool_size = pool_size
        self._engine: AsyncEngine | None = None
        self._listener: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._engine = create_async_engine(
            self._url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=self._pool_size,
            max_overflow=10,
            pool_pre_ping=False,
            connect_args={"timeout": 10},
        )
        try:
            await self.read(lambda conn: conn.execute(sa.text("SELECT 1")))
        except StorageUnavailable:
            await self._engine.dispose()
            self._engine = None
            raise
        self._listener = asyncio.get_running_loop().create_task(self._listen(), name="postgres-listener")

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    async def migrate(self) -> None:
        async with self._open_engine().begin() as conn:
            # One node migrates; the others wait here and then find nothing to do.
            await conn.execute(sa.text("SELECT pg_advisory_xact_lock(7305791)"))
            await conn.run_sync(upgrade)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        return await self._run(work, commit=False)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        return await self._run(work, commit=True)

    def _open_engine(self) -> AsyncEngine:
        if self._engine is None:
            raise StorageUnavailable("The database is closed.")
        return self._engine

    async def _run(self, work: Callable[[sa.Connection], T], *, commit: bool) -> T:
        for tries_left in range(_TRIES - 1, -1, -1):
            try:
                return await self._run_once(work, commit=commit)
            except (sa.exc.DBAPIError, OSError, asyncpg.InterfaceError, TimeoutError) as error:
                if sqlstate(error) in _RETRIED_STATES and tries_left:
                    continue
                verdict = unavailable(error)
                if verdict is None:
                    raise
                raise verdict from error
        raise StorageUnavailable("The database kept refusing the transaction.")

    async def _run_once(self, work: Callable[[sa.Connection], T], *, commit: bool) -> T:
        async with self._open_engine().connect() as conn:
            sync_conn = conn.sync_connection
            result = await conn.run_sync(work)
            wakes = take_pending(sync_conn) if sync_conn is not None else []
            if commit:
                for topic, key in dict.fromkeys(wakes):
                    await conn.execute(
                        sa.text("SELECT pg_notify(:channel, :payload)"),
                        {"channel": CHANNEL, "payload": f"{topic} {key}"},
                    )
                await conn.commit()
            return result

    async def _listen(self) -> None:
        """Hold one connection in LISTEN; when it breaks, connect again. Missed hints are covered by polling."""
        while True:
            connection: asyncpg.Connection | None = None
            try:
                connection = await asyncpg.connect(self._url, timeout=10)
                await connection.add_listener(CHANNEL, self._heard)
                while not connection.is_closed():
                    await asyncio.sleep(_LISTEN_CHECK)
                    await connection.execute("SELECT 1", timeout=_LISTEN_CHECK)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.debug("wake-ups interrupted", error=str(error))
            finally:
                if connection is not None:
                    connection.terminate()
            await asyncio.sleep(1)

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        topic, _, key = str(payload).partition(" ")
        self.wakeups.publish([(topic, key)])
