"""Tests whether the database can be written to by writing: a full or read-only disk still answers every query."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from postroom.clock import now_ms
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import meta
from postroom.storage.upsert import insert_into

_NAME: Final = "probe"
_INTERVAL: Final = 1.0


class WriteProbe:
    """Writes always the same row, and at most once a second however often it is asked."""

    def __init__(self, db: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._succeeded: float | None = None

    async def check(self) -> None:
        """Return if a row was written now or in the last second. Raises StorageUnavailable."""
        now = self._clock()
        if self._succeeded is not None and now - self._succeeded < _INTERVAL:
            return
        await self._db.write(write_row)
        self._succeeded = now


def write_row(conn: Connection) -> None:
    """Write the row."""
    statement = insert_into(meta, conn.dialect.name).values(name=_NAME, value=str(now_ms()))
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value}))
