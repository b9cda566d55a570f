"""SQL for the run-time settings: read all, change some. Functions of an open connection; no decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import sqlalchemy as sa

from postroom.storage.statements.connection import Connection
from postroom.storage.tables import settings
from postroom.storage.upsert import insert_into

Stored: TypeAlias = Mapping[str, Any]
"""JSON values by the names of the settings; a secret value is sealed text."""


def load(conn: Connection) -> Stored:
    """Return every stored value by name."""
    return {row.name: row.value for row in conn.execute(sa.select(settings.c.name, settings.c.value))}


def save(conn: Connection, values: Mapping[str, Any], at: int) -> None:
    """Store these values in place of the earlier ones."""
    for name, value in values.items():
        insert = insert_into(settings, conn.dialect.name).values(name=name, value=value, updated_at=at)
        conn.execute(
            insert.on_conflict_do_update(
                index_elements=["name"], set_={"value": insert.excluded.value, "updated_at": at}
            )
        )


def save_if_absent(conn: Connection, name: str, value: Any, at: int) -> None:
    """Store a value unless there is one; if two callers try at once, the first one's value stays."""
    conn.execute(
        insert_into(settings, conn.dialect.name).values(name=name, value=value, updated_at=at).on_conflict_do_nothing()
    )


def forget(conn: Connection, names: list[str]) -> None:
    """Remove stored values, so that their defaults apply again."""
    conn.execute(sa.delete(settings).where(settings.c.name.in_(names)))
