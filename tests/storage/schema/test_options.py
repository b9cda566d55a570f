"""What only one engine knows of a table or an index, until a schema is made of it."""

from __future__ import annotations

import subprocess
import sys

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from postroom.storage.schema.options import NUMBERED, WITHOUT_ROWID, given_to_engines, partial_index


def made() -> sa.Table:
    table = sa.Table(
        "drawers",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("open", sa.Boolean),
        partial_index("open_drawers", "id", where=sa.text("open = 1"), on_postgresql=sa.text("open = true")),
        partial_index("shut_drawers", "id", where=sa.text("open IS NULL")),
        info=dict(NUMBERED),
    )
    given_to_engines(table.metadata)
    return table


def test_a_partial_index_has_its_condition_in_the_words_of_each_engine() -> None:
    def ends(dialect: sa.Dialect) -> list[str]:
        indexes = sorted(made().indexes, key=lambda index: str(index.name))
        return [str(CreateIndex(index).compile(dialect=dialect)).partition("WHERE ")[2] for index in indexes]

    assert ends(sqlite.dialect()) == ["open = 1", "open IS NULL"]
    assert ends(postgresql.dialect()) == ["open = true", "open IS NULL"]  # type: ignore[no-untyped-call]


def test_only_sqlite_is_told_of_numbers_and_of_row_numbers() -> None:
    bare = sa.Table("bare", sa.MetaData(), sa.Column("id", sa.Text, primary_key=True), info=dict(WITHOUT_ROWID))
    given_to_engines(bare.metadata)
    assert "AUTOINCREMENT" in str(CreateTable(made()).compile(dialect=sqlite.dialect()))
    assert "WITHOUT ROWID" in str(CreateTable(bare).compile(dialect=sqlite.dialect()))
    assert "ROWID" not in str(CreateTable(bare).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


def test_the_tables_load_no_engine() -> None:
    program = (
        "import sys, postroom.storage.tables; print(*[n for n in sys.modules if n.startswith('sqlalchemy.dialects.')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
