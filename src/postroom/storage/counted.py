"""A database whose transactions are counted and timed."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Self, TypeVar

from postroom.errors import StorageFailed
from postroom.figures import Figures, TransactionFigures
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn

T = TypeVar("T")


class CountedDatabase:
    """Works like another database and tells the figures. Work that fails by itself counts as a transaction that ended.

    The time of a transaction begins with the call. Its wait ends when the work begins: on SQLite after earlier groups
    of work, on PostgreSQL with a free connection, and after earlier writes of its group.
    """

    def __init__(self, db: Database, figures: Figures) -> None:
        self._db = db
        self._figures = figures.transactions
        self.wakeups = db.wakeups
        self.comeback = db.comeback
        self.wakeups.counted = figures.count_wakeup

    @property
    def dialect(self) -> str:
        return self._db.dialect

    async def start(self) -> None:
        await self._db.start()

    async def close(self) -> None:
        await self._db.close()

    async def migrate(self) -> None:
        await self._db.migrate()

    async def read(self, work: Callable[[Connection], T]) -> T:
        with _Timing("read", self._figures) as timing:
            return await self._db.read(timing.of(work))

    async def write(self, work: Callable[[Connection], T], *, turn: WriteTurn = WriteTurn.NORMAL) -> T:
        with _Timing("write", self._figures) as timing:
            return await self._db.write(timing.of(work), turn=turn)


class _Timing:
    """Times one transaction, from entering to leaving. Only `_begun` is set in another thread."""

    __slots__ = ("_asked", "_begun", "_figures", "_kind")

    def __init__(self, kind: str, figures: TransactionFigures) -> None:
        self._kind = kind
        self._figures = figures
        self._begun: float | None = None

    def of(self, work: Callable[[Connection], T]) -> Callable[[Connection], T]:
        """Return the work, which notes when it begins for the first time."""

        def timed(conn: Connection) -> T:
            if self._begun is None:
                self._begun = perf_counter()
            return work(conn)

        return timed

    def __enter__(self) -> Self:
        self._figures.open += 1
        self._asked = perf_counter()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        ended = perf_counter()
        self._figures.open -= 1
        if isinstance(error, StorageFailed):
            self._figures.count_failure(self._kind, error.code)
        elif self._begun is not None:
            self._figures.time(self._kind, self._begun - self._asked, ended - self._asked)
