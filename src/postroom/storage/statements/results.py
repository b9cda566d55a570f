"""What a statement returned: rows with their columns as attributes, and how many rows it changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, TypeVarTuple

__all__ = ["StatementResult", "TableRow", "UnexpectedRows", "row_type"]

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class UnexpectedRows(Exception):
    """A statement that must return one row returned none, or several."""


class TableRow(tuple[*_Ts]):
    """The values of a row, in the order of the columns; each column of the statement is an attribute."""

    __slots__ = ()
    _names: ClassVar[tuple[str, ...]] = ()

    def _asdict(self) -> Mapping[str, Any]:
        """Return the values by the names of their columns."""
        values: tuple[Any, ...] = self
        return dict(zip(self._names, values, strict=True))

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


@lru_cache(maxsize=1000)
def row_type(names: tuple[str, ...]) -> type[TableRow[*tuple[Any, ...]]]:
    """Return a type of rows whose values are also attributes. Of columns with the same name the first one counts."""
    members: dict[str, object] = {"__slots__": (), "_names": names}
    for place, name in reversed(list(enumerate(names))):
        members[name] = property(itemgetter(place))
    return type("TableRow", (TableRow,), members)


class StatementResult(Generic[*_Ts]):
    """All rows of a statement. `rowcount` is the number of rows that an INSERT, UPDATE or DELETE changed."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Sequence[TableRow[*_Ts]], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[TableRow[*_Ts]]:
        return iter(self._rows)

    def all(self) -> Sequence[TableRow[*_Ts]]:
        """Return all rows."""
        return self._rows

    def first(self) -> TableRow[*_Ts] | None:
        """Return the first row, or None when there is none."""
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> TableRow[*_Ts] | None:
        """Return the only row, or None when there is none. Raises UnexpectedRows when there are several."""
        if len(self._rows) > 1:
            raise UnexpectedRows(f"{len(self._rows)} rows were returned where at most one was expected")
        return self._rows[0] if self._rows else None

    def one(self) -> TableRow[*_Ts]:
        """Return the only row. Raises UnexpectedRows unless there is exactly one."""
        if len(self._rows) != 1:
            raise UnexpectedRows(f"{len(self._rows)} rows were returned where one was expected")
        return self._rows[0]

    def scalars(self: StatementResult[_T, *tuple[Any, ...]]) -> list[_T]:
        """Return the first column of all rows."""
        return [row[0] for row in self._rows]

    def scalar(self: StatementResult[_T, *tuple[Any, ...]]) -> _T | None:
        """Return the first column of the first row, or None when there is no row."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self: StatementResult[_T, *tuple[Any, ...]]) -> _T:
        """Return the first column of the only row. Raises UnexpectedRows unless there is exactly one."""
        return self.one()[0]

    def scalar_one_or_none(self: StatementResult[_T, *tuple[Any, ...]]) -> _T | None:
        """Return the first column of the only row, or None when there is none. Raises UnexpectedRows."""
        row = self.one_or_none()
        return None if row is None else row[0]
