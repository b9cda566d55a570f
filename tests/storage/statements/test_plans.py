"""Plans of statements: which statements get one, the order of their values, and the rows they make."""

from __future__ import annotations

import gc
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.engine import Dialect

from postroom.storage.schema.columns import BigId, Json
from postroom.storage.statements.plans import StatementPlan, StatementPlans, compiled

BOXES = sa.Table(
    "boxes",
    sa.MetaData(),
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("kept", sa.Boolean),
    sa.Column("content", Json),
)
DIALECTS = {"sqlite": pysqlite.dialect(), "postgresql": asyncpg.dialect()}  # type: ignore[no-untyped-call]


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    made: Dialect = DIALECTS[request.param]
    return made


def test_values_come_in_the_order_of_the_text(dialect: Dialect) -> None:
    query = sa.select(BOXES.c.id).where(BOXES.c.name == sa.bindparam("name"), BOXES.c.id > sa.bindparam("after"))
    plan = compiled(query, ("after", "name"), dialect)
    assert plan is not None
    assert list(plan.arguments({"after": 7, "name": "box", "of": "somebody else"})) == ["box", 7]
    assert (plan.changes, plan.returns_rows) == (False, True)


def test_a_missing_value_is_an_error_and_a_value_of_the_statement_s_own_is_not(dialect: Dialect) -> None:
    query = sa.select(BOXES.c.id).where(BOXES.c.name == sa.bindparam("name"), BOXES.c.id > 5)
    plan = compiled(query, ("name",), dialect)
    assert plan is not None
    assert list(plan.arguments({"name": "box"})) == ["box", 5]
    with pytest.raises(KeyError):
        plan.arguments({})


def test_values_are_converted_on_their_way_in_and_out(dialect: Dialect) -> None:
    insert = compiled(sa.insert(BOXES), ("name", "content"), dialect)
    assert insert is not None
    assert list(insert.arguments({"name": "box", "content": {"a": [1]}})) == ["box", '{"a":[1]}']
    select = compiled(sa.select(BOXES.c.name, BOXES.c.content), (), dialect)
    assert select is not None
    row = select.rows([("box", '{"a":[1]}')])[0]
    assert (row.name, row.content) == row == ("box", {"a": [1]})


def test_numbers_of_sqlite_become_truth_values() -> None:
    plan = compiled(sa.select(BOXES.c.kept), (), DIALECTS["sqlite"])
    assert plan is not None
    assert [row.kept for row in plan.rows([(1,), (0,), (None,)])] == [True, False, None]


def test_an_insert_asks_for_its_key_only_if_the_caller_does(dialect: Dialect) -> None:
    plain = compiled(sa.insert(BOXES), ("name",), dialect)
    asking = compiled(sa.insert(BOXES).returning(BOXES.c.id), ("name",), dialect)
    assert plain is not None
    assert asking is not None
    assert "RETURNING" not in plain.text
    assert (plain.changes, plain.returns_rows) == (True, False)
    assert "RETURNING" in asking.text
    assert (asking.changes, asking.returns_rows) == (True, True)
    assert asking.rows([(3,)])[0].id == 3


def test_columns_without_a_name_are_named_as_the_library_names_them(dialect: Dialect) -> None:
    plan = compiled(sa.select(sa.func.count(BOXES.c.id), sa.func.max(BOXES.c.id)), (), dialect)
    assert plan is not None
    assert plan.rows([(3, 7)])[0]._asdict() == {"count_1": 3, "max_1": 7}


def test_a_query_that_changes_says_so(dialect: Dialect) -> None:
    query = sa.select(BOXES.c.id)
    for statement, expected in ((query, False), (query.execution_options(changes=True), True)):
        plan = compiled(statement, (), dialect)
        assert plan is not None
        assert plan.changes is expected
    both = compiled(sa.union_all(query, query), (), dialect)
    assert both is not None
    assert not both.changes


def test_an_update_sets_the_columns_that_its_values_name(dialect: Dialect) -> None:
    update = sa.update(BOXES).where(BOXES.c.id == sa.bindparam("of"))
    plan = compiled(update, ("of", "name"), dialect)
    assert plan is not None
    assert "SET name=" in plan.text
    assert "kept" not in plan.text
    assert list(plan.arguments({"of": 3, "name": "box"})) == ["box", 3]


@pytest.mark.parametrize(
    "statement",
    [
        sa.text("SELECT 1"),
        sa.select(BOXES.c.id).where(BOXES.c.id.in_(sa.bindparam("ids", expanding=True))),
        sa.select(BOXES.c.id).where(BOXES.c.id.in_([1, 2])),
    ],
    ids=["no names of columns", "as many values as the caller gives", "the same in the statement"],
)
def test_statements_whose_text_depends_on_the_call_have_no_plan(statement: Any, dialect: Dialect) -> None:
    assert compiled(statement, ("ids",), dialect) is None


def test_a_statement_gets_its_plan_when_it_comes_again(dialect: Dialect) -> None:
    plans, query = StatementPlans(), sa.select(BOXES.c.id)
    assert plans.find(query, {}, dialect) is None
    plan = plans.find(query, {}, dialect)
    assert plan is not None
    assert plans.find(query, {}, dialect) is plan


def test_a_statement_made_of_another_has_a_plan_of_its_own(dialect: Dialect) -> None:
    plans, query = StatementPlans(), sa.select(BOXES.c.id)
    for _ in range(2):
        plans.find(query, {}, dialect)
    narrower = query.where(BOXES.c.id == sa.bindparam("id"))
    assert plans.find(narrower, {"id": 1}, dialect) is None
    plan = plans.find(narrower, {"id": 1}, dialect)
    assert plan is not None
    assert "WHERE" in plan.text


def test_other_columns_make_another_plan(dialect: Dialect) -> None:
    plans, insert = StatementPlans(), sa.insert(BOXES)
    plans.find(insert, {"name": "a"}, dialect)
    one, two = plans.find(insert, {"name": "a"}, dialect), plans.find(insert, {"name": "a", "kept": True}, dialect)
    assert one is not None
    assert two is not None
    assert "kept" in two.text
    assert "kept" not in one.text


def test_plans_go_with_their_statements(dialect: Dialect) -> None:
    plans = StatementPlans()
    for number in range(20):
        plans.find(sa.select(BOXES.c.id).where(BOXES.c.id == number), {}, dialect)
    gc.collect()
    assert len(plans._known) == 0


SOME = sa.select(BOXES.c.id).where(
    BOXES.c.name == sa.bindparam("name"), BOXES.c.id.in_(sa.bindparam("ids", expanding=True))
)


def planned(statement: Any, values: Mapping[str, Any], dialect: Dialect) -> StatementPlan:
    """Return the plan that a statement has when it comes again."""
    plans = StatementPlans()
    assert plans.find(statement, values, dialect) is None
    plan = plans.find(statement, values, dialect)
    assert plan is not None
    assert plans.find(statement, values, dialect) is plan
    return plan


def in_order_of_the_text(plan: StatementPlan, values: Mapping[str, Any], dialect: Dialect) -> list[Any]:
    """Return the values as they stand in the text; PostgreSQL numbers its places."""
    given = plan.arguments(values)
    numbers = [int(each) - 1 for each in re.findall(r"\$(\d+)", plan.text)]
    return [given[number] for number in numbers] if dialect.name == "postgresql" else list(given)


@pytest.mark.parametrize(
    ("given", "told"),
    [([], []), ([1], [1]), ([1, 2], [1, 2]), ([1, 2, 3], [1, 2, 3, 3]), ((5, 6, 7, 8, 9), [5, 6, 7, 8, 9, 9, 9, 9])],
)
def test_a_list_is_as_long_as_the_text_has_places(given: Sequence[int], told: list[int], dialect: Dialect) -> None:
    values = {"ids": given, "name": "box"}
    plan = planned(SOME, values, dialect)
    assert in_order_of_the_text(plan, values, dialect) == ["box", *told]
    assert len(plan.arguments(values)) == plan.width
    assert plan.has_lists


def test_lists_of_nearly_the_same_length_share_a_plan(dialect: Dialect) -> None:
    plans = StatementPlans()
    found = [plans.find(SOME, {"name": "a", "ids": [1] * length}, dialect) for length in (1, 1, 2, 3, 4, 5, 8, 17, 32)]
    assert found[0] is None
    assert len({id(plan) for plan in found[1:]}) == 5
    assert found[3] is found[4]
    assert found[7] is found[8]


@pytest.mark.parametrize("given", [[1] * 33, {1, 2}, dict.fromkeys([1])], ids=["many", "set", "dict"])
def test_the_library_runs_a_statement_with_another_kind_of_list(given: Any, dialect: Dialect) -> None:
    plans = StatementPlans()
    for _ in range(3):
        assert plans.find(SOME, {"name": "a", "ids": given}, dialect) is None
        assert plans.find(SOME, {"name": "a", "ids": [1]}, dialect) is not None or _ == 0


def test_a_list_of_tuples_and_a_list_that_stands_twice(dialect: Dialect) -> None:
    pair = sa.tuple_(BOXES.c.id, BOXES.c.name)
    query = sa.select(BOXES.c.id).where(
        pair.in_(sa.bindparam("pairs", expanding=True)),
        sa.or_(BOXES.c.name.in_(sa.bindparam("names", expanding=True)), BOXES.c.name == sa.bindparam("name")),
        BOXES.c.name.not_in(sa.bindparam("names", expanding=True)),
    )
    values = {"names": ["x", "y", "z"], "name": "box", "pairs": [(1, "a"), (2, "b"), (3, "c")]}
    plan = planned(query, values, dialect)
    names = ["x", "y", "z", "z"]
    expected = [1, "a", 2, "b", 3, "c", 3, "c", *names, "box", *names]
    assert in_order_of_the_text(plan, values, dialect) == expected


def test_elements_of_lists_are_converted(dialect: Dialect) -> None:
    query = sa.delete(BOXES).where(BOXES.c.content.in_(sa.bindparam("contents", expanding=True)))
    values = {"contents": [{"a": 1}, [2]]}
    plan = planned(query, values, dialect)
    assert list(plan.arguments(values)) == ['{"a":1}', "[2]"]
    assert plan.changes


def test_the_library_runs_a_statement_whose_list_has_no_type(dialect: Dialect) -> None:
    pair: sa.ColumnClause[Any] = sa.literal_column("(id, name)")
    query = sa.select(BOXES.c.id).where(pair.in_(sa.bindparam("pairs", expanding=True)))
    plans = StatementPlans()
    assert [plans.find(query, {"pairs": [(1, "a")]}, dialect) for _ in range(3)] == [None] * 3
