"""The connection that stores run their statements on, inside one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias, TypeVarTuple, overload

import sqlalchemy as sa
from sqlalchemy.sql.selectable import TypedReturnsRows

from postroom.storage.statements.results import Result, Row

__all__ = ["Connection", "Values", "Wakeup"]

_Ts = TypeVarTuple("_Ts")
_FEW_AT_A_TIME: Final = {"stream_results": True, "max_row_buffer": 8}

Values: TypeAlias = Mapping[str, Any]
"""Values by the names of the statement's parameters."""
Wakeup: TypeAlias = tuple[str, str]
"""A topic, and the key of the thing that changed."""


class Connection:
    """Runs statements of SQLAlchemy Core. `wakes` are the wake-ups to publish after the commit.

    `library` is SQLAlchemy's own connection, for Alembic.
    """

    __slots__ = ("dialect", "library", "wakes")

    def __init__(self, library: sa.Connection) -> None:
        self.library = library
        self.dialect = library.dialect
        self.wakes: list[Wakeup] = []

    @overload
    def execute(
        self, statement: TypedReturnsRows[*_Ts], values: Values | Sequence[Values] | None = None
    ) -> Result[*_Ts]: ...

    @overload
    def execute(
        self, statement: sa.Executable, values: Values | Sequence[Values] | None = None
    ) -> Result[*tuple[Any, ...]]: ...

    def execute(
        self, statement: sa.Executable, values: Values | Sequence[Values] | None = None
    ) -> Result[*tuple[Any, ...]]:
        """Run a statement, once for each of the `values` when they are a list. Raises what SQLAlchemy raises."""
        done = self.library.execute(statement, values)
        rows: list[Any] = list(done) if done.returns_rows else []
        return Result(rows, done.rowcount)

    @contextmanager
    def stream(self, statement: TypedReturnsRows[*_Ts]) -> Iterator[Iterator[Row[*_Ts]]]:
        """Run a query whose rows may be large; the database sends a few at a time."""
        with self.library.execute(statement, execution_options=_FEW_AT_A_TIME) as rows:
            yield iter(rows)  # type: ignore[arg-type]
