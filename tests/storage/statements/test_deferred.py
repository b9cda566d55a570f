"""Statements that wait for the next one: changes are stored and seen by later queries, and queries get their rows."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_

from postroom.storage.database import Database, open_database
from postroom.storage.statements.connection import Connection
from postroom.storage.statements.deferred import joined_text
from postroom.storage.tables import meta, settings
from tests.fakes.databases import opened
from tests.fakes.watched import watched

META = sa.insert(meta)
SETTINGS = sa.insert(settings)
UPDATE = sa.update(meta).where(meta.c.name == sa.bindparam("of"))
NAMES = sa.select(meta.c.name).where(meta.c.name.like(sa.bindparam("like"))).order_by(meta.c.name)
OURS = sa.or_(meta.c.name.like("first%"), meta.c.name.like("n%"))
COUNT = sa.select(sa.func.count().label("rows")).select_from(meta).where(OURS)
HELD = sa.select(meta.c.value).where(meta.c.name == sa.bindparam("of")).with_for_update()
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
            conn.execute(COUNT)
            conn.execute(HELD, {"of": "first0"})
            names(conn)

    await db.write(work)


def test_parts_of_a_joined_statement_keep_their_own_parameters() -> None:
    parts = [("INSERT INTO a VALUES ($1, $2)", 2), ("UPDATE b SET c = $2 WHERE d = $1", 2), ("SELECT $1, $1, $11", 11)]
    assert joined_text(parts) == (
        "WITH part0 AS (INSERT INTO a VALUES ($1, $2)), part1 AS (UPDATE b SET c = $4 WHERE d = $3) SELECT $5, $5, $15"
    )


def test_several_queries_at_the_end_give_their_rows_with_their_number() -> None:
    parts = [("UPDATE b SET c = $1", 1), ("SELECT $1", 1), ("SELECT 1 UNION ALL SELECT $1", 1)]
    assert joined_text(parts, asked=2) == (
        "WITH part0 AS (UPDATE b SET c = $1) SELECT 0 AS part, q0 AS row FROM (SELECT $2) AS q0"
        " UNION ALL SELECT 1 AS part, q1 AS row FROM (SELECT 1 UNION ALL SELECT $3) AS q1"
    )
    assert joined_text(parts[:1], asked=0) == "UPDATE b SET c = $1"


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


# Queries that wait.


async def test_each_question_gets_its_own_rows(db: Database) -> None:
    await compile_all(db)

    def work(conn: Connection) -> list[object]:
        conn.defer(SETTINGS, {"name": "n", "value": {"a": 1}, "updated_at": 1})
        asked = [conn.ask(NAMES, {"like": like}) for like in ("first%", "no%", "first1")]
        count, held = conn.ask(COUNT), conn.ask(HELD, {"of": "first0"})
        return [*(sorted(each().scalars()) for each in asked), count().one().rows, held().all(), count().scalar_one()]

    for _ in range(2):
        assert await db.write(lambda conn: (work(conn), conn.execute(sa.delete(settings)))[0]) == [
            ["first0", "first1", "first2"],
            [],
            ["first1"],
            3,
            [("x",)],
            3,
        ]


async def test_values_of_questions_are_converted_as_ever(db: Database) -> None:
    await compile_all(db)

    def work(conn: Connection) -> list[object]:
        conn.execute(SETTINGS, {"name": "n", "value": {"a": [1, None]}, "updated_at": 1})
        first, second = conn.ask(SET, {"of": "n"}), conn.ask(SET, {"of": "first0"})
        return [first().one().value, second().one()._asdict()]

    assert await db.write(work) == [{"a": [1, None]}, {"name": "first0", "value": 1}]


async def test_a_question_sees_the_changes_before_it_and_none_after_it(db: Database) -> None:
    await compile_all(db)

    def work(conn: Connection) -> list[int]:
        asked = []
        for number in range(3):
            conn.defer(META, {"name": f"n{number}", "value": "x"})
            asked.append(conn.ask(COUNT))
        conn.execute(META, {"name": "n3", "value": "x"})
        return [each().scalar_one() for each in asked]

    assert await db.write(work) == [4, 5, 6]


async def test_a_question_that_nobody_needs_does_no_harm(db: Database) -> None:
    await compile_all(db)
    await db.write(lambda conn: conn.ask(COUNT) and None)
    assert await db.read(lambda conn: conn.ask(COUNT)().scalar_one()) == 3


async def test_a_question_of_work_that_failed_is_not_answered_later(db: Database) -> None:
    await compile_all(db)
    asked = []

    def failing(conn: Connection) -> None:
        asked.append(conn.ask(COUNT))
        raise ValueError("a mistake")

    with pytest.raises(ValueError, match="a mistake"):
        await db.write(failing)
    if db.dialect == "postgresql":
        with pytest.raises(RuntimeError, match="was not run"):
            asked[0]()


async def test_on_postgresql_all_questions_are_one_statement(db: Database) -> None:
    await compile_all(db)
    seen: list[str] = []

    def work(conn: Connection) -> None:
        with watched(conn, lambda text, _values: seen.append(text)):
            conn.defer(SETTINGS, {"name": "n", "value": 1, "updated_at": 1})
            asked = [conn.ask(COUNT), conn.ask(HELD, {"of": "first0"})]
            assert [len(each().all()) for each in asked] == [1, 1]

    await db.write(work)
    assert len(seen) == (1 if db.dialect == "postgresql" else 3)


async def test_the_rows_of_a_query_that_is_run_keep_their_order(db: Database) -> None:
    """Questions have none, so a query that is run at once is not joined with them."""
    await compile_all(db)
    seen: list[str] = []

    def work(conn: Connection) -> list[str]:
        with watched(conn, lambda text, _values: seen.append(text)):
            conn.ask(COUNT)
            return names(conn)

    assert await db.write(work) == []
    assert len(seen) == 2


async def test_a_question_that_locks_a_row_waits_and_sees_what_was_committed(postgres_url: str) -> None:
    async with opened(postgres_url) as db:
        await compile_all(db)
        other = open_database(postgres_url)
        await other.start()
        holds, may_end = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def holding(conn: Connection) -> None:
            conn.execute(UPDATE, {"of": "first0", "value": "new"})
            loop.call_soon(holds.set)
            await_(may_end.wait())

        def asking(conn: Connection) -> tuple[str, int]:
            held, count = conn.ask(HELD, {"of": "first0"}), conn.ask(COUNT)
            return held().scalar_one(), count().scalar_one()

        try:
            first = asyncio.create_task(other.write(holding))
            await holds.wait()
            second = asyncio.create_task(db.write(asking))
            loop.call_later(0.2, may_end.set)
            assert await second == ("new", 3)
            await first
        finally:
            await other.close()
