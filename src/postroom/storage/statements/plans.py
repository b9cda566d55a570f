"""Compiles a statement once for a dialect: its text, the order of its values, and its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import iterate

from postroom.storage.statements.results import TableRow, row_type

__all__ = ["StatementPlan", "StatementPlans", "Values", "changes", "compiled", "plans_for"]

Values: TypeAlias = Mapping[str, Any]
"""Values by the names of the statement's parameters."""
_Convert: TypeAlias = Callable[[Any], Any] | None

_Lists: TypeAlias = tuple[str, ...]
"""The names of a statement's parameters that are lists."""
_Known: TypeAlias = "StatementPlan | _Lists | None"

_ABSENT: Final = object()
"""Stands for the value of a parameter that the caller must give."""
_LENGTHS: Final = (0, 1, 2, 4, 8, 16, 32)
"""Those of lists for which a statement is compiled. A list of another length takes the next one."""


class StatementPlan:
    """A compiled statement. `changes` is False for a query, `returns_rows` is False for a plain change.

    `target` is the table of an INSERT or UPDATE without rows, None for other statements. One that `has_lists` is for
    values whose lists are no longer than those that it was compiled for.
    """

    __slots__ = (
        "_columns",
        "_converted",
        "_pick",
        "_row",
        "_steps",
        "changes",
        "has_lists",
        "returns_rows",
        "target",
        "text",
    )

    def __init__(
        self,
        text: str,
        steps: Sequence[_Step | _ListedStep],
        columns: Sequence[_Column],
        *,
        changes: bool,
        target: str | None = None,
        has_lists: bool = False,
    ) -> None:
        self.text = text
        self.changes = changes
        self.target = target
        self.returns_rows = bool(columns)
        self._steps = steps
        self.has_lists = has_lists
        names = [step.name for step in steps]
        plain = len(names) > 1 and all(isinstance(step, _Step) and step.is_plain for step in steps)
        self._pick = itemgetter(*names) if plain else None
        self._columns = columns
        self._converted = [(place, each.convert) for place, each in enumerate(columns) if each.convert is not None]
        self._row = row_type(tuple(each.name for each in columns))

    @property
    def width(self) -> int:
        """How many parameters its text has."""
        return len(self._steps)

    def worded(self, text: str) -> StatementPlan:
        """Return a statement with another text and the same rows, whose arguments are made elsewhere."""
        return StatementPlan(text, (), self._columns, changes=self.changes)

    def arguments(self, values: Values) -> Sequence[Any]:
        """Return the values in the order of the text. Raises KeyError when one is missing."""
        if self._pick is not None:
            picked: tuple[Any, ...] = self._pick(values)
            return picked
        return [step.value(values) for step in self._steps]

    def rows(self, found: Iterable[Sequence[Any]]) -> list[TableRow[*tuple[Any, ...]]]:
        """Return what the driver found as rows."""
        make = self._row
        if not self._converted:
            return [make(each) for each in found]
        return [make(self._convert(each)) for each in found]

    def _convert(self, found: Sequence[Any]) -> list[Any]:
        values = list(found)
        for place, convert in self._converted:
            values[place] = convert(values[place])
        return values


class _Step:
    """One parameter: where its value comes from, and how the driver wants it."""

    __slots__ = ("convert", "default", "name")

    def __init__(self, name: str, convert: _Convert, default: Any) -> None:
        self.name = name
        self.convert = convert
        self.default = default

    @property
    def is_plain(self) -> bool:
        """Whether the value of the caller is that for the driver."""
        return self.convert is None and self.default is _ABSENT

    def value(self, values: Values) -> Any:
        """Return the value for the driver."""
        value = values[self.name] if self.default is _ABSENT else values.get(self.name, self.default)
        return value if self.convert is None else self.convert(value)


class _ListedStep:
    """One place of a list: which list, which of its elements, and which part of an element that is a tuple."""

    __slots__ = ("convert", "name", "part", "place")

    def __init__(self, name: str, convert: _Convert, place: int, part: int | None) -> None:
        self.name = name
        self.convert = convert
        self.place = place
        self.part = part

    def value(self, values: Values) -> Any:
        """Return the value for the driver. A list that is too short repeats its last element: IN does not mind."""
        given = values[self.name]
        value = given[min(self.place, len(given) - 1)]
        if self.part is not None:
            value = value[self.part]
        return value if self.convert is None else self.convert(value)


class _Column:
    """One column of the rows, and how its values become those of Python."""

    __slots__ = ("convert", "name")

    def __init__(self, name: str, convert: _Convert) -> None:
        self.name = name
        self.convert = convert


class StatementPlans:
    """The plans of one dialect.

    A statement that is run for the first time has no plan: most such statements were built for one call. A statement
    that is run again is a constant of its module, and is worth compiling. StatementPlans go with their statements.

    A statement with a list has a plan for each of a few lengths.
    """

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Any, dict[tuple[str, ...], _Known]] = WeakKeyDictionary()

    def find(self, statement: Any, values: Values, dialect: Dialect) -> StatementPlan | None:
        """Return the plan of a statement for these values; None when SQLAlchemy has to run it."""
        known = self._known.get(statement)
        if known is None:
            self._known[statement] = {}
            return None
        key = tuple(values)
        try:
            plan = known[key]
        except KeyError:
            plan = known[key] = _lists_of(statement, values) or compiled(statement, key, dialect)
        if not isinstance(plan, tuple):
            return plan
        return self._with_lists(statement, values, dialect, known, plan)

    def _with_lists(
        self, statement: Any, values: Values, dialect: Dialect, known: dict[tuple[str, ...], _Known], lists: _Lists
    ) -> StatementPlan | None:
        samples: dict[str, Sequence[Any]] = {}
        for name in lists:
            given = values[name]
            if not isinstance(given, list | tuple) or len(given) > _LENGTHS[-1]:
                return None
            samples[name] = given[:1] * next(most for most in _LENGTHS if most >= len(given))
        key = (*values, *(str(len(each)) for each in samples.values()))
        try:
            plan = known[key]
        except KeyError:
            plan = known[key] = compiled(statement, tuple(values), dialect, samples)
        assert not isinstance(plan, tuple)
        return plan


_ALL: Final[dict[str, StatementPlans]] = {}


def plans_for(dialect: Dialect) -> StatementPlans:
    """Return the plans that all connections of a dialect share."""
    return _ALL.setdefault(dialect.name, StatementPlans())


def compiled(
    statement: Any, names: Sequence[str], dialect: Dialect, lists: Mapping[str, Sequence[Any]] | None = None
) -> StatementPlan | None:
    """Compile a statement; returns None for one whose text depends on its values, or whose columns have no names.

    `lists` are examples of the values that are lists, as long as the longest that the plan is for.
    """
    if not isinstance(statement, sa.Select | sa.CompoundSelect | sa.Insert | sa.Update | sa.Delete):
        return None
    # As if for many rows: then an INSERT returns no key that nobody asked for.
    made = statement.compile(dialect=dialect, column_keys=list(names) or None, for_executemany=True)
    assert isinstance(made, SQLCompiler)
    if made.literal_execute_params or made.escaped_bind_names or made.insert_prefetch or made.update_prefetch:
        return None
    # The library looks at the values of a list without a type.
    is_typed = not any(isinstance(each.type, sa.types.NullType) for each in made.post_compile_params)
    if not is_typed or {each.key for each in made.post_compile_params} != set(lists or ()):
        return None
    text, steps = _with_steps(made, dialect, lists or {})
    # The names that the database gives, which are also those of SQLAlchemy's rows.
    names = [each.keyname for each in made._result_columns]
    columns = [_column(name, each, dialect) for name, each in zip(names, statement.exported_columns, strict=True)]
    target = statement.table if isinstance(statement, sa.Insert | sa.Update) and not columns else None
    name = target.name if isinstance(target, sa.Table) else None
    return StatementPlan(text, steps, columns, changes=changes(statement), target=name, has_lists=bool(lists))


def _with_steps(
    made: SQLCompiler, dialect: Dialect, lists: Mapping[str, Sequence[Any]]
) -> tuple[str, list[_Step | _ListedStep]]:
    """Return the text for the driver, and where the value of each of its parameters comes from."""
    if not lists:
        return made.string, [_step(made.binds[name], name, dialect) for name in made.positiontup or ()]
    samples = {**dict.fromkeys(made.binds), **lists}
    expanded = made.construct_expanded_state(samples)
    listed = {
        each: step
        for name, places in expanded.parameter_expansion.items()
        for each, step in zip(places, _listed_steps(made.binds[name], name, dialect, len(lists[name])), strict=True)
    }
    names = expanded.positiontup or ()
    return expanded.statement, [listed.get(name) or _step(made.binds[name], name, dialect) for name in names]


def _listed_steps(parameter: sa.BindParameter[Any], name: str, dialect: Dialect, length: int) -> Iterator[_ListedStep]:
    """Yield the steps of a list, element by element, and part by part where the elements are tuples."""
    kind = parameter.type
    parts = enumerate(kind.types) if isinstance(kind, sa.types.TupleType) else [(None, kind)]
    converted = [(part, each.dialect_impl(dialect).bind_processor(dialect)) for part, each in parts]
    for place in range(length):
        yield from (_ListedStep(name, convert, place, part) for part, convert in converted)


def _lists_of(statement: Any, values: Values) -> _Lists | None:
    """Return which of the values are lists, None for a statement without any or of another kind."""
    if not isinstance(statement, sa.Select | sa.CompoundSelect | sa.Update | sa.Delete):
        return None
    parameters = (each for each in iterate(statement) if isinstance(each, sa.BindParameter) and each.expanding)
    lists = tuple(sorted({each.key for each in parameters}))
    return lists if lists and set(lists) <= values.keys() else None


def changes(statement: Any) -> bool:
    """Say whether a statement may change rows. A query that does so in its CTEs has the option `changes`."""
    if not isinstance(statement, sa.Select | sa.CompoundSelect):
        return True
    return bool(statement.get_execution_options().get("changes"))


def _step(parameter: sa.BindParameter[Any], name: str, dialect: Dialect) -> _Step:
    convert: _Convert = parameter.type.dialect_impl(dialect).bind_processor(dialect)
    return _Step(name, convert, _ABSENT if parameter.required else parameter.effective_value)


def _column(name: str, column: Any, dialect: Dialect) -> _Column:
    return _Column(name, column.type.dialect_impl(dialect).result_processor(dialect, None))
