"""The driver of SQLite: rows and counts of compiled statements, and errors without their values."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from postroom.storage.engines.sqlite_driver import SqliteDriver, raw_connection
from postroom.storage.statements.plans import StatementPlan, compiled

BOXES = sa.Table("boxes", sa.MetaData(), sa.Column("name", sa.Text, primary_key=True), sa.Column("size", sa.Integer))


@pytest.fixture
def library() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as conn:
        BOXES.metadata.create_all(conn)
        yield conn
    engine.dispose()


def plan(statement: sa.Executable, library: sa.Connection, *names: str) -> StatementPlan:
    made = compiled(statement, names, library.dialect)
    assert made is not None
    return made


def test_statements_return_rows_or_counts(library: sa.Connection) -> None:
    driver = SqliteDriver(library)
    insert = plan(sa.insert(BOXES), library, "name", "size")
    assert driver.run(insert, ["a", 1]) == ((), 1)
    assert driver.run_many(insert, [["b", 2], ["c", 3]]) == 2
    select = plan(sa.select(BOXES.c.size).order_by(BOXES.c.size), library)
    assert driver.run(select, [])[0] == [(1,), (2,), (3,)]
    assert driver.run(plan(sa.delete(BOXES), library), []) == ((), 3)
    driver.hold()


def test_it_shares_the_connection_of_the_library(library: sa.Connection) -> None:
    SqliteDriver(library).run(plan(sa.insert(BOXES), library, "name"), ["a"])
    assert library.execute(sa.select(BOXES.c.name)).scalars().all() == ["a"]
    assert raw_connection(library).execute("SELECT name FROM boxes").fetchall() == [("a",)]


def test_errors_are_those_of_the_library_without_the_values(library: sa.Connection) -> None:
    driver, insert = SqliteDriver(library), plan(sa.insert(BOXES), library, "name")
    driver.run(insert, ["hush"])
    for run in (lambda: driver.run(insert, ["hush"]), lambda: driver.run_many(insert, [["hush"]])):
        with pytest.raises(sa.exc.IntegrityError, match="UNIQUE") as caught:
            run()
        assert "hush" not in str(caught.value)
