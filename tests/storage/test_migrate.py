"""The migrations lead to the very schema that the code uses, however often and by however many they are run."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from postroom.storage.database import Database, open_database
from postroom.storage.migrate import (
    FOLDER,
    OLDEST,
    SchemaTooNew,
    current_revision,
    is_known_revision,
    newest_revision,
    oldest_runnable,
)
from postroom.storage.schema.options import given_to_engines
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import meta, metadata
from tests.fakes.databases import opened


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A newly migrated database of the test's own, whose schema it may spoil."""
    async with opened(database_url) as database:
        yield database


def differences(conn: Connection) -> list[Any]:
    context = MigrationContext.configure(conn.library, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, given_to_engines(metadata)))


def shape(conn: Connection) -> dict[str, Any]:
    """Everything about the schema that reflection shows alike on every call."""
    inspector = sa.inspect(conn.library)
    found: dict[str, Any] = {}
    for table in inspector.get_table_names():
        if table == "alembic_version":
            continue
        found[table] = {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            ],
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": sorted(map(str, inspector.get_foreign_keys(table))),
            "unique": sorted(map(str, inspector.get_unique_constraints(table))),
            "indexes": sorted(str((index["name"], index["column_names"])) for index in inspector.get_indexes(table)),
        }
    return found


def definitions(conn: Connection) -> set[str]:
    """The indexes as the engine itself writes them, conditions included, and what only SQLite tells of its tables."""
    query = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }[conn.dialect.name]
    found = {" ".join(sql.replace('"', "").split()) for sql in conn.execute(sa.text(query)).scalars()}
    return {definition for definition in found if "alembic_version" not in definition} | _kinds_of_tables(conn)


def _kinds_of_tables(conn: Connection) -> set[str]:
    """How SQLite numbers the rows of each table: without AUTOINCREMENT, the key of a deleted row is used again."""
    if conn.dialect.name != "sqlite":
        return set()
    tables = conn.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all()
    kinds = ("AUTOINCREMENT", "WITHOUT ROWID")
    return {f"{name}: {kind}" for name, sql in tables for kind in kinds if kind in sql.upper()}


async def test_a_new_database_has_the_schema_that_the_code_uses(db: Database) -> None:
    assert await db.write(differences) == []


async def test_the_migrations_and_the_tables_make_the_same_schema(db: Database) -> None:
    def create_anew(conn: Connection) -> tuple[dict[str, Any], set[str]]:
        metadata.drop_all(conn.library)
        conn.execute(sa.text("DROP TABLE alembic_version"))
        given_to_engines(metadata).create_all(conn.library)
        return shape(conn), definitions(conn)

    migrated = await db.read(lambda conn: (shape(conn), definitions(conn)))
    assert await db.write(create_anew) == migrated
    assert any("WHERE" in definition for definition in migrated[1])
    is_sqlite = db.dialect == "sqlite"
    assert {"accounts: AUTOINCREMENT", "counted_minutes: WITHOUT ROWID"} <= migrated[1] or not is_sqlite


async def test_the_migrated_database_names_the_newest_revision(db: Database) -> None:
    revision = await db.read(lambda conn: current_revision(conn.library))
    assert revision == newest_revision()
    assert revision is not None
    assert is_known_revision(revision)


async def test_migrating_twice_changes_nothing_and_keeps_the_rows(db: Database) -> None:
    before = await db.read(shape)
    await db.write(lambda conn: conn.execute(sa.text("INSERT INTO meta (name, value) VALUES ('a', 'b')")) and None)
    await db.migrate()
    assert await db.read(shape) == before
    assert (
        await db.read(lambda conn: conn.execute(sa.text("SELECT value FROM meta WHERE name = 'a'")).scalar_one()) == "b"
    )


async def test_an_empty_database_has_no_revision(database_url: str) -> None:
    db = open_database(database_url)
    await db.start()
    assert await db.read(lambda conn: current_revision(conn.library)) is None
    await db.close()


def newer(oldest: str | None) -> Callable[[Connection], None]:
    """Make the schema that of a newer version, which older ones may run on from the revision `oldest` on."""

    def work(conn: Connection) -> None:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        conn.execute(sa.delete(meta).where(meta.c.name == OLDEST))
        if oldest is not None:
            conn.execute(sa.insert(meta).values(name=OLDEST, value=oldest))

    return work


@pytest.mark.parametrize("oldest", [None, "9998"])
async def test_a_database_that_a_newer_version_has_taken_from_is_refused(db: Database, oldest: str | None) -> None:
    await db.write(newer(oldest))
    with pytest.raises(SchemaTooNew, match="schema 9999"):
        await db.migrate()
    assert await db.read(lambda conn: current_revision(conn.library)) == "9999"


async def test_a_database_that_a_newer_version_has_only_added_to_is_used_as_it_is(db: Database) -> None:
    await db.write(newer(newest_revision()))
    await db.migrate()
    assert await db.read(lambda conn: current_revision(conn.library)) == "9999"


async def test_the_schema_says_which_versions_may_run_on_it(db: Database) -> None:
    assert (await db.read(lambda conn: oldest_runnable(conn.library)) or "") <= newest_revision()
    assert await db.read(lambda conn: oldest_runnable(conn.library)) is not None


async def test_a_migration_that_fails_leaves_nothing_behind(database_url: str) -> None:
    db = open_database(database_url)
    await db.start()
    await db.write(lambda conn: conn.execute(sa.text("CREATE TABLE timeline (stray INTEGER)")) and None)
    with pytest.raises(sa.exc.DBAPIError):
        await db.migrate()
    tables = await db.read(lambda conn: set(sa.inspect(conn.library).get_table_names()))
    assert tables - {"alembic_version"} == {"timeline"}
    await db.write(lambda conn: conn.execute(sa.text("DROP TABLE timeline")) and None)
    await db.migrate()
    assert await db.write(differences) == []
    await db.close()


async def test_two_nodes_may_migrate_at_once(database_url: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        nodes = [open_database(database_url) for _ in range(3)]
        for node in nodes:
            await node.start()
            stack.push_async_callback(node.close)
        await asyncio.gather(*[node.migrate() for node in nodes])
        assert await nodes[0].write(differences) == []
    async with opened(database_url) as db:
        assert await db.read(lambda conn: current_revision(conn.library)) == newest_revision()


def test_the_files_are_named_after_the_revisions_in_them() -> None:
    scripts = ScriptDirectory(str(FOLDER))
    revisions = {script.revision for script in scripts.walk_revisions()}
    assert newest_revision() == scripts.get_current_head()
    assert all(is_known_revision(revision) for revision in revisions)
    assert len(list((FOLDER / "versions").glob("*_*.py"))) == len(revisions)


def test_a_database_that_is_up_to_date_needs_no_alembic(tmp_path: Path) -> None:
    opening = (
        "import asyncio, sys\n"
        "from postroom.storage.database import open_database\n"
        "async def main():\n"
        f"    db = open_database('sqlite:///{tmp_path}/postroom.db')\n"
        "    await db.start(); await db.migrate(); await db.close()\n"
        "asyncio.run(main())\n"
        "print('alembic' in sys.modules)\n"
    )
    seen = [subprocess.check_output([sys.executable, "-c", opening], text=True).strip() for _ in range(2)]
    assert seen == ["True", "False"]
