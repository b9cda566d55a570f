"""The connection that stores run their statements on, inside one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVarTuple, overload

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.selectable import TypedReturnsRows

from postroom.storage.statements.deferred import DeferredStatements, Question, answer
from postroom.storage.statements.plans import StatementPlan, Values, changes, plans_for
from postroom.storage.statements.results import StatementResult, TableRow, row_type

__all__ = ["AskedRows", "Connection", "Driver", "Values", "Wakeup"]

_Ts = TypeVarTuple("_Ts")
_FEW_AT_A_TIME: Final = {"stream_results": True, "max_row_buffer": 8}

Wakeup: TypeAlias = tuple[str, str]
"""A topic, and the key of the thing that changed."""


class Driver(Protocol):
    """Runs compiled statements on the connection of an engine. Raises what SQLAlchemy or the driver raise."""

    @property
    def library(self) -> sa.Connection:
        """SQLAlchemy's own connection, which shares the transaction."""
        ...

    def run(self, plan: StatementPlan, arguments: Sequence[Any]) -> tuple[Sequence[Sequence[Any]], int]:
        """Run a statement; returns its rows, and how many rows it changed."""
        ...

    def run_many(self, plan: StatementPlan, arguments: Sequence[Sequence[Any]]) -> int:
        """Run a statement without rows once for each list of arguments; returns how many rows it changed, or -1."""
        ...

    @property
    def joins(self) -> bool:
        """Whether several statements may be run as one."""
        ...

    def hold(self) -> None:
        """See that a transaction is open."""
        ...


class Connection:
    """Runs statements of SQLAlchemy Core.

    `wakes` are the wake-ups to publish after the commit. `changed` says whether the transaction may hold a change.
    """

    __slots__ = ("_deferred", "_driver", "_plans", "changed", "dialect", "wakes")

    def __init__(self, driver: Driver, dialect: Dialect) -> None:
        self.dialect = dialect
        self.wakes: list[Wakeup] = []
        self.changed = False
        self._driver = driver
        self._plans = plans_for(dialect)
        self._deferred = DeferredStatements()

    @property
    def library(self) -> sa.Connection:
        """SQLAlchemy's own connection, for Alembic."""
        return self._driver.library

    @overload
    def execute(
        self, statement: TypedReturnsRows[*_Ts], values: Values | Sequence[Values] | None = None
    ) -> StatementResult[*_Ts]: ...

    @overload
    def execute(
        self, statement: sa.Executable, values: Values | Sequence[Values] | None = None
    ) -> StatementResult[*tuple[Any, ...]]: ...

    def execute(
        self, statement: sa.Executable, values: Values | Sequence[Values] | None = None
    ) -> StatementResult[*tuple[Any, ...]]:
        """Run a statement, once for each of the `values` when they are a list. Raises what SQLAlchemy raises."""
        several: Sequence[Values] | None = None
        if isinstance(values, Sequence):
            several, values = (None, values[0]) if len(values) == 1 else (values, values[0] if values else None)
        plan = self._plans.find(statement, values or {}, self.dialect)
        if plan is None or (several is not None and (plan.returns_rows or plan.has_lists or not several)):
            self.flush()
            return self._run_by_library(statement, values if several is None else several)
        if plan.changes:
            self._change()
        if several is not None:
            self.flush()
            return StatementResult((), self._driver.run_many(plan, [plan.arguments(each) for each in several]))
        found, count = self._run(plan, plan.arguments(values or {}))
        return StatementResult(plan.rows(found), count)

    def defer(self, statement: sa.Insert | sa.Update, values: Values | Sequence[Values]) -> None:
        """Run a change of one or more rows whose outcome nobody asks for: no rows, no count, no error to catch here.

        On PostgreSQL it may wait, and then goes along with the next statement. Whoever reads its table later sees it.
        """
        rows = values if isinstance(values, Sequence) else (values,)
        is_fit = self._driver.joins and len(rows) == 1
        plan = self._plans.find(statement, rows[0], self.dialect) if is_fit else None
        if plan is None or plan.target is None:
            self.execute(statement, values)
            return
        if self._deferred.meets(plan):
            self.flush()
        self._change()
        self._deferred.add(plan, plan.arguments(rows[0]))

    def ask(self, query: TypedReturnsRows[*_Ts], values: Values | None = None) -> AskedRows[*_Ts]:
        """Run a query whose rows are not needed yet. It sees what was changed before, and no later change.

        On PostgreSQL it may wait until somebody needs its rows, and then goes along with all that waits. Nobody may
        rely on the order of the rows, even if the query has one. Whoever has to see what was committed before a lock is
        held asks after the answer of the lock.
        """
        plan = self._plans.find(query, values or {}, self.dialect) if self._driver.joins else None
        if plan is None or not _may_join(plan):
            return AskedRows(self, self.execute(query, values))
        if self._deferred.meets(plan):
            self.flush()
        return AskedRows(self, self._deferred.ask(plan, plan.arguments(values or {})))

    def flush(self) -> None:
        """Run the statements that wait."""
        if self._deferred:
            plan, arguments, asked = self._deferred.take()
            found, _ = self._driver.run(plan, arguments)
            answer(asked, found)

    def forget(self, wakes: int = 0) -> None:
        """Forget what the work before wanted: its wake-ups, all but the first `wakes`, and the statements that wait."""
        del self.wakes[wakes:]
        self._deferred.clear()

    @contextmanager
    def stream(self, statement: TypedReturnsRows[*_Ts]) -> Iterator[Iterator[TableRow[*_Ts]]]:
        """Run a query whose rows may be large; the database sends a few at a time."""
        self.flush()
        self._driver.hold()
        with self.library.execute(statement, execution_options=_FEW_AT_A_TIME) as rows:
            make = row_type(tuple(rows.keys()))
            yield (make(row) for row in rows)

    def _run(self, plan: StatementPlan, arguments: Sequence[Any]) -> tuple[Sequence[Sequence[Any]], int]:
        if self._deferred:
            # A query may take the waiting changes along, but not other queries, because its rows have an order. Another
            # change may depend on those that wait, such as by a foreign key.
            if _may_join(plan) and not self._deferred.asks and not self._deferred.meets(plan):
                question = self._deferred.ask(plan, arguments)
                self.flush()
                found = question.found or ()
                return found, len(found)
            self.flush()
        return self._driver.run(plan, arguments)

    def _change(self) -> None:
        # Work that must not be committed may be run without a transaction, as long as it only reads.
        self._driver.hold()
        self.changed = True

    def _run_by_library(
        self, statement: sa.Executable, values: Values | Sequence[Values] | None
    ) -> StatementResult[*tuple[Any, ...]]:
        if changes(statement):
            self._change()
        done = self.library.execute(statement, values)
        if not done.returns_rows:
            return StatementResult((), done.rowcount)
        make = row_type(tuple(done.keys()))
        return StatementResult([make(row) for row in done], done.rowcount)


def _may_join(plan: StatementPlan) -> bool:
    return not plan.changes and not plan.text.startswith("WITH")


class AskedRows(Generic[*_Ts]):
    """What a query found. To call it is to need it."""

    __slots__ = ("_conn", "_result")

    def __init__(self, conn: Connection, result: StatementResult[*_Ts] | Question) -> None:
        self._conn = conn
        self._result = result

    def __call__(self) -> StatementResult[*_Ts]:
        if isinstance(self._result, Question):
            self._result = self._read(self._result)
        return self._result

    def _read(self, question: Question) -> StatementResult[*_Ts]:
        if question.found is None:
            self._conn.flush()
        if question.found is None:
            raise RuntimeError("a query was not run: its transaction has ended, or a statement before it failed")
        rows: Sequence[TableRow[*_Ts]] = question.plan.rows(question.found)
        return StatementResult(rows, len(rows))
