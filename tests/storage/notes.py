"""The smallest work there is: named notes in the table `meta`."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from postroom.storage.migrate import OLDEST
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import meta


def put(name: str, value: str = "x") -> Callable[[Connection], str]:
    """Work that stores a note and returns its name."""

    def work(conn: Connection) -> str:
        conn.execute(sa.insert(meta), {"name": name, "value": value})
        return name

    return work


def names(conn: Connection) -> list[str]:
    """Work that returns the names of all notes, sorted, without what the migrations noted."""
    return sorted(conn.execute(sa.select(meta.c.name).where(meta.c.name != OLDEST)).scalars())
