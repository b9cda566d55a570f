"""The connection of stores: the first run and the later ones give the same, on both engines."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from postroom.errors import StorageUnavailable
from postroom.storage.database import Database
from postroom.storage.engines.postgres.database import PostgresDatabase
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import meta, settings
from tests.fakes.watched import watched


async def test_a_statement_gives_the_same_the_first_time_and_later(db: Database) -> None:
    insert = sa.insert(settings)
    query = sa.select(settings.c.name, settings.c.value).where(settings.c.name == sa.bindparam("name"))

    def work(conn: Connection) -> list[Any]:
        found = []
        for number in range(4):
            done = conn.execute(insert, {"name": f"{number}", "value": {"a": number}, "updated_at": number})
            row = conn.execute(query, {"name": f"{number}"}).one()
            found.append((done.rowcount, row.name, row.value, row._asdict()))
        return found

    assert await db.write(work) == [(1, f"{n}", {"a": n}, {"name": f"{n}", "value": {"a": n}}) for n in range(4)]


async def test_many_rows_are_written_at_once(db: Database) -> None:
    insert = sa.insert(meta)

    def work(conn: Connection) -> list[str]:
        for start in (0, 10, 20):
            conn.execute(insert, [{"name": f"n{start + more}", "value": "x"} for more in range(10)])
        return conn.execute(sa.select(meta.c.name).where(meta.c.name.like("n%")).order_by(meta.c.name)).scalars()

    assert await db.write(work) == sorted(f"n{number}" for number in range(30))


@pytest.mark.parametrize("negated", [False, True])
async def test_lists_of_any_length_find_the_same_rows(db: Database, negated: bool) -> None:
    names = [f"n{number:02}" for number in range(40)]
    some: sa.BindParameter[Any] = sa.bindparam("names", expanding=True)
    query = sa.select(meta.c.name).where(
        meta.c.name.like("n__"), meta.c.name.not_in(some) if negated else meta.c.name.in_(some)
    )
    change = sa.update(meta).where(meta.c.name.in_(some)).values(value=sa.bindparam("to"))
    insert = sa.insert(meta)

    def work(conn: Connection) -> None:
        conn.execute(insert, [{"name": name, "value": "x"} for name in names])
        for length in [*range(41), 3, 7]:
            found = conn.execute(query, {"names": names[:length]}).scalars()
            assert sorted(found) == (names[length:] if negated else names[:length])
            assert conn.execute(change, {"names": names[:length], "to": f"{length}"}).rowcount == length

    await db.write(work)


async def test_several_values_with_lists_are_refused_as_the_library_refuses_them(db: Database) -> None:
    change = sa.update(meta).where(meta.c.name.in_(sa.bindparam("names", expanding=True))).values(value="y")
    insert = sa.insert(meta)

    def work(conn: Connection) -> int:
        conn.execute(insert, [{"name": f"n{number}", "value": "x"} for number in range(6)])
        for _ in range(3):
            conn.execute(change, {"names": ["n0"]})
        with pytest.raises(sa.exc.SQLAlchemyError):
            conn.execute(change, [{"names": ["n1"]}, {"names": ["n2", "n3"]}])
        return len(conn.execute(sa.select(meta.c.name).where(meta.c.value == "y")).all())

    assert await db.write(work) == 1


async def test_keys_of_many_rows_come_back(db: Database) -> None:
    insert = sa.insert(meta).returning(meta.c.name)

    def work(conn: Connection) -> list[str]:
        found: list[str] = []
        for start in (0, 2):
            found += conn.execute(insert, [{"name": f"n{start + more}", "value": "x"} for more in range(2)]).scalars()
        return found

    assert sorted(await db.write(work)) == ["n0", "n1", "n2", "n3"]


async def test_a_violated_constraint_is_the_same_error_the_first_time_and_later(db: Database) -> None:
    insert = sa.insert(meta)
    await db.write(lambda conn: conn.execute(insert, {"name": "a", "value": "hush"}))
    for _ in range(3):
        with pytest.raises(sa.exc.IntegrityError) as caught:
            await db.write(lambda conn: conn.execute(insert, {"name": "a", "value": "hush"}))
    assert "hush" not in str(caught.value)


async def test_a_query_is_no_change_and_everything_else_may_be(db: Database) -> None:
    query, update = sa.select(meta.c.name), sa.update(meta).where(meta.c.name == sa.bindparam("of"))

    def changes(conn: Connection, statement: Any, values: dict[str, str] | None = None) -> bool:
        conn.changed = False
        conn.execute(statement, values)
        return conn.changed

    for _ in range(3):
        assert not await db.write(lambda conn: changes(conn, query))
        assert await db.write(lambda conn: changes(conn, update, {"of": "a", "value": "b"}))
    assert await db.write(lambda conn: changes(conn, sa.text("SELECT 1")))


async def test_large_rows_come_a_few_at_a_time(db: Database) -> None:
    await db.write(
        lambda conn: conn.execute(sa.insert(meta), [{"name": f"n{n:03}", "value": "x" * 9} for n in range(100)])
    )
    query = sa.select(meta.c.name).where(meta.c.name.like("n%")).order_by(meta.c.name)

    def work(conn: Connection) -> tuple[str, str]:
        with conn.stream(query) as rows:
            return next(rows).name, next(rows).name

    assert await db.read(work) == ("n000", "n001")
    assert await db.read(work) == ("n000", "n001")


async def test_a_compiled_statement_does_not_pass_through_the_library(db: Database) -> None:
    query = sa.select(meta.c.value).where(meta.c.name == sa.bindparam("name"))
    by_library: list[str] = []

    def work(conn: Connection) -> None:
        sa.event.listen(conn.library, "before_cursor_execute", lambda *call: by_library.append(call[2]))
        seen: list[str] = []
        with watched(conn, lambda text, _values: seen.append(text)):
            for _ in range(3):
                conn.execute(query, {"name": "a"})
        assert len(seen) == 3

    await db.read(work)
    assert len(by_library) == 1


async def test_a_statement_that_goes_on_after_an_error_is_refused_a_commit(db: Database) -> None:
    """On PostgreSQL a failed statement undoes the whole transaction, even if the work does not mind."""
    insert = sa.insert(meta)

    def work(conn: Connection) -> None:
        conn.execute(insert, {"name": "a", "value": "x"})
        try:
            conn.execute(insert, {"name": "a", "value": "x"})
        except sa.exc.IntegrityError:
            return

    if isinstance(db, PostgresDatabase):
        with pytest.raises(StorageUnavailable, match="nothing was stored"):
            await db.write(work)
        assert await db.read(lambda conn: conn.execute(sa.select(meta.c.name).where(meta.c.name == "a")).all()) == []
    else:
        await db.write(work)
