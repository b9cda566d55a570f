"""Changes that wait for the next statement: each is stored, and seen by whoever reads its table."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.statements.deferred import joined_text
from postroom.storage.tables import meta, settings
from tests.fakes.watched import watched

META = sa.insert(meta)
SETTINGS = sa.insert(settings)
UPDATE = sa.update(meta).where(meta.c.name == sa.bindparam("of"))
NAMES = sa.select(meta.c.name).where(meta.c.name.like(sa.bindparam("like"))).order_by(meta.c.name)
SET = sa.select(settings.c.name, settings.c.value).where(settings.c.name == sa.bindparam("of"))


def names(conn: Connection) -> list[str]:
    return conn.execute(NAMES, {"like": "n%"}).scalars()


async def compile_all(db: Database) -> None:
    """Run each statement often enough to be compiled."""

    def work(conn: Connection) -> None:
        for number in range(3):
            conn.execute(META, {"name": f"first{number}", "value": "x"})
            conn.execute(UPDATE, {"of": "first0", "value": "x"})
            conn.execute(SETTINGS, {"name": f"first{number}", "value": 1, "updated_at": 1})
            conn.execute(SET, {"of": "first0"})
            names(conn)

    await db.write(work)


def test_parts_of_a_joined_statement_keep_their_own_parameters() -> None:
    parts = [("INSERT INTO a VALUES ($1, $2)", 2), ("UPDATE b SET c = $2 WHERE d = $1", 2), ("SELECT $1, $1, $11", 11)]
    assert joined_text(parts) == (
        "WITH part0 AS (INSERT INTO a VALUES ($1, $2)), part1 AS (UPDATE b SET c = $4 WHERE d = $3) SELECT $5, $5, $15"
    )


async def test_a_deferred_change_is_seen_by_whoever_reads_its_table(db: Database) -> None:
    await compile_all(db)

    def work(conn: Connection) -> list[list[str]]:
        seen = []
        for number in range(3):
            conn.defer(META, {"name": f"n{number}", "value": "x"})
            seen.append(names(conn))
        return seen

    assert await db.write(work) == [["n0"], ["n0", "n1"], ["n0", "n1", "n2"]]


async def test_deferred_changes_go_along_with_a_query_of_another_table(db: Database) -> None:
    await compile_all(db)

    def work(conn: Connection) -> list[tuple[str, object]]:
        seen = []
        for number in range(4):
            conn.defer(META, {"name": f"n{number}", "value": "x"})
            seen.append(tuple(conn.execute(SET, {"of": "first0"}).one()))
        return seen

    assert await db.write(work) == [("first0", 1)] * 4
    assert await db.read(names) == ["n0", "n1", "n2", "n3"]


async def test_deferred_changes_are_stored_without_another_statement(db: Database) -> None:
    await compile_all(db)

    def work(conn: Connection) -> None:
        conn.defer(META, {"name": "n", "value": "x"})
        conn.defer(SETTINGS, {"name": "n", "value": {"a": 1}, "updated_at": 1})

    await db.write(work)
    assert await db.read(names) == ["n"]
    assert await db.read(lambda conn: conn.execute(SET, {"of": "n"}).one().value) == {"a": 1}


async def test_changes_of_the_same_row_keep_their_order(db: Database) -> None:
    await compile_all(db)

    def work(conn: Connection) -> None:
        conn.defer(META, {"name": "n", "value": "0"})
        for value in ("1", "2"):
            conn.defer(UPDATE, {"of": "n", "value": value})
        assert conn.execute(UPDATE, {"of": "n", "value": "3"}).rowcount == 1
        conn.defer(UPDATE, {"of": "n", "value": "4"})

    await db.write(work)
    assert await db.read(lambda conn: conn.execute(sa.select(meta.c.value).where(meta.c.name == "n")).scalar()) == "4"


async def test_several_rows_and_statements_that_run_first_are_stored_too(db: Database) -> None:
    fresh = sa.insert(meta)

    def work(conn: Connection) -> None:
        conn.defer(fresh, [{"name": f"n{number}", "value": "x"} for number in range(3)])
        conn.defer(fresh, {"name": "n3", "value": "x"})
        conn.defer(sa.insert(meta), {"name": "n4", "value": "x"})

    await db.write(work)
    assert await db.read(names) == ["n0", "n1", "n2", "n3", "n4"]


async def test_a_deferred_change_that_fails_undoes_its_transaction(db: Database) -> None:
    await compile_all(db)

    def work(conn: Connection) -> None:
        conn.defer(SETTINGS, {"name": "n", "value": 1, "updated_at": 1})
        conn.defer(META, {"name": "first0", "value": "taken"})

    for _ in range(2):
        with pytest.raises(sa.exc.IntegrityError):
            await db.write(work)
    assert await db.read(lambda conn: conn.execute(SET, {"of": "n"}).first()) is None


async def test_what_failing_work_deferred_is_stored_with_nobody_elses(db: Database) -> None:
    await compile_all(db)

    def failing(conn: Connection) -> None:
        conn.defer(META, {"name": "n", "value": "x"})
        raise ValueError("a mistake")

    with pytest.raises(ValueError, match="a mistake"):
        await db.write(failing)
    await db.write(lambda conn: conn.defer(SETTINGS, {"name": "n", "value": 1, "updated_at": 1}))
    assert await db.read(names) == []


async def test_on_postgresql_they_are_no_statement_of_their_own(db: Database) -> None:
    await compile_all(db)
    seen: list[str] = []

    def work(conn: Connection) -> None:
        with watched(conn, lambda text, _values: seen.append(text)):
            conn.defer(META, {"name": "n", "value": "x"})
            conn.defer(SETTINGS, {"name": "n", "value": 1, "updated_at": 1})
            names(conn)

    await db.write(work)
    assert [text.startswith("WITH") for text in seen] == ([True, False] if db.dialect == "postgresql" else [False] * 3)
