"""What only one engine knows of a table or an index: numbered rows, tables without row numbers, partial indexes.

SQLAlchemy loads an engine to check the options that are meant for it, and each takes megabytes. So tables keep these
options in their `info`. What makes a schema takes them from there: Alembic, and the tests of migrations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

__all__ = ["NUMBERED", "WITHOUT_ROWID", "given_to_engines", "partial_index"]

_OPTIONS: Final = "options of engines"

NUMBERED: Final[Mapping[str, Any]] = {_OPTIONS: {"sqlite": {"autoincrement": True}}}
"""The number of a row is never used again, even if the row is deleted. PostgreSQL does so by itself."""
WITHOUT_ROWID: Final[Mapping[str, Any]] = {_OPTIONS: {"sqlite": {"with_rowid": False}}}
"""SQLite keeps the rows in the primary key."""


def partial_index(
    name: str, *columns: str, where: sa.TextClause, on_postgresql: sa.TextClause | None = None
) -> sa.Index:
    """Return an index of the rows that fulfil a condition. PostgreSQL may need another spelling of it."""
    spellings = {"sqlite": where, "postgresql": where if on_postgresql is None else on_postgresql}
    return sa.Index(name, *columns, info={_OPTIONS: {engine: {"where": spelt} for engine, spelt in spellings.items()}})


def given_to_engines(metadata: sa.MetaData) -> sa.MetaData:
    """Hand all kept options to SQLAlchemy, which loads both engines for it, and return the same metadata."""
    for table in metadata.tables.values():
        items: tuple[sa.Table | sa.Index, ...] = (table, *table.indexes)
        for item in items:
            for engine, options in item.info.get(_OPTIONS, {}).items():
                for name, value in options.items():
                    item.dialect_options[engine][name] = value
    return metadata
