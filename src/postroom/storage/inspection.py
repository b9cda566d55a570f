"""What a database says about itself, for whoever looks after it: its schema, its clock, its newest event."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from postroom.clock import now_ms
from postroom.storage.migrate import current_revision
from postroom.storage.tables import events


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found. Times are milliseconds since 1970 UTC; `schema` is None for an empty database."""

    schema: str | None
    clock: int
    newest_event: int | None


def inspect(conn: sa.Connection) -> Inspection:
    """Look at a database without changing it. SQLite has no clock of its own, so that is this machine's."""
    schema = current_revision(conn)
    newest = conn.execute(sa.select(sa.func.max(events.c.at))).scalar() if schema else None
    if conn.dialect.name == "postgresql":
        seconds = conn.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
        return Inspection(schema, int(float(seconds) * 1000), newest)
    return Inspection(schema, now_ms(), newest)
