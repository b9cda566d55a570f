"""Rows and results: values by place and by name, and complaints when there are too few or too many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from postroom.storage.statements.results import StatementResult, UnexpectedRows, row_type

PAIR: Any = row_type(("name", "size"))


def result(*rows: tuple[Any, ...]) -> StatementResult[*tuple[Any, ...]]:
    return StatementResult([PAIR(row) for row in rows], len(rows))


def test_a_row_is_a_tuple_whose_values_have_names() -> None:
    row = PAIR(("box", 3))
    assert (row.name, row.size) == row == ("box", 3)
    assert row._asdict() == {"name": "box", "size": 3}
    name, size = row
    assert (name, size) == ("box", 3)


def test_a_column_may_be_named_like_a_method_of_tuples() -> None:
    row: Any = row_type(("count", "index"))((7, 8))
    assert row._asdict() == {"count": row.count, "index": row.index} == {"count": 7, "index": 8}


def test_of_columns_with_the_same_name_the_first_one_counts() -> None:
    assert row_type(("key", "key"))((1, 2)).key == 1


def test_rows_are_read_in_any_number() -> None:
    both = result(("a", 1), ("b", 2))
    assert list(both) == both.all() == [("a", 1), ("b", 2)]
    assert both.first() == ("a", 1)
    assert both.scalars() == ["a", "b"]
    assert both.scalar() == "a"
    assert both.rowcount == 2
    assert result().first() is None
    assert result().scalar() is None


def test_one_row_is_what_was_asked_for() -> None:
    one = result(("a", 1))
    assert one.one() == one.one_or_none() == ("a", 1)
    assert one.scalar_one() == one.scalar_one_or_none() == "a"
    assert result().one_or_none() is None
    assert result().scalar_one_or_none() is None


@pytest.mark.parametrize(
    "ask", [StatementResult.one, StatementResult.one_or_none, StatementResult.scalar_one], ids=lambda ask: ask.__name__
)
def test_two_rows_where_one_was_expected_are_an_error(ask: Callable[..., Any]) -> None:
    with pytest.raises(UnexpectedRows, match="2 rows"):
        ask(result(("a", 1), ("b", 2)))


@pytest.mark.parametrize("ask", [StatementResult.one, StatementResult.scalar_one], ids=lambda ask: ask.__name__)
def test_no_row_where_one_was_expected_is_an_error(ask: Callable[..., Any]) -> None:
    with pytest.raises(UnexpectedRows, match="0 rows"):
        ask(result())
