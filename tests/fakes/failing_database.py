"""A database that fails at a call of the test's choice, before the call or after it, when its answer is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn

T = TypeVar("T")
Fault = Literal["before", "after", "blink"]
"""`before`: the call is not done. `after`: a write is done, and its answer is lost. The database then stays away until
`heal`. `blink`: like `after`, but the database is back at once."""


class FailingDatabase:
    """Works like another database until told to fail.

    `hits` counts the calls that failed or whose answer was lost.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self.wakeups = db.wakeups
        self.comeback = db.comeback
        self.hits = 0
        self._left: int | None = None
        self._fault: Fault = "before"
        self._away = False

    @property
    def dialect(self) -> str:
        return self._db.dialect

    def fail(self, number: int, fault: Fault) -> None:
        """Fail at the `number`-th call from now on, counted from 1; `after` and `blink` count writes only."""
        self._left, self._fault, self.hits = number, fault, 0

    def heal(self) -> None:
        """Work again."""
        self._left, self._away = None, False

    async def start(self) -> None:
        await self._db.start()

    async def close(self) -> None:
        await self._db.close()

    async def migrate(self) -> None:
        await self._db.migrate()

    async def read(self, work: Callable[[Connection], T]) -> T:
        if self._fault == "before":
            self._away = self._is_due() or self._away
        self._demand()
        return await self._db.read(work)

    async def write(self, work: Callable[[Connection], T], *, turn: WriteTurn = WriteTurn.NORMAL) -> T:
        due = self._is_due()
        if due and self._fault == "before":
            self._away = True
        self._demand()
        result = await self._db.write(work, turn=turn)
        if due:
            self.hits += 1
            self._away = self._fault == "after"
            raise OutcomeUnknown("The connection broke off.", retry_after=1.0)
        return result

    def _is_due(self) -> bool:
        if self._left is None:
            return False
        self._left -= 1
        return self._left == 0

    def _demand(self) -> None:
        if self._away:
            self.hits += 1
            raise StorageUnavailable("The database is away.", retry_after=1.0)


def contents(conn: Connection, tables: list[sa.Table]) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of these tables, for comparison with an earlier or later state."""
    (filled,) = conn.execute(_which_hold_rows(tuple(tables)))
    return {table.name: _rows(conn, table) if holds else [] for table, holds in zip(tables, filled, strict=True)}


@cache
def _which_hold_rows(tables: tuple[sa.Table, ...]) -> sa.Select[*tuple[Any, ...]]:
    """Most tables hold none, and one question for all of them takes less than forty."""
    return sa.select(*(sa.exists(sa.select(1).select_from(table)).label(table.name) for table in tables))


def _rows(conn: Connection, table: sa.Table) -> list[tuple[Any, ...]]:
    return sorted(map(tuple, conn.execute(_every_row(table))), key=repr)


@cache
def _every_row(table: sa.Table) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(table)
