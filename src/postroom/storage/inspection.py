"""What an operator wants to know about a database: its schema, its clock, its newest event, its keys."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.clock import now_ms
from postroom.footprint.dataclass import dataclass
from postroom.storage.migrate import current_revision, oldest_runnable
from postroom.storage.sealing.keys import CANARY
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import events, meta


@dataclass(frozen=True, slots=True)
class Inspection:
    """The facts found. Times are milliseconds since 1970 UTC; `schema` is None for an empty database.

    `canaries` are values sealed with the keys that the database was written with. `oldest` is the oldest schema whose
    code may run on this one.
    """

    schema: str | None
    clock: int
    newest_event: int | None
    canaries: tuple[str, ...] = ()
    oldest: str | None = None


def inspect(conn: Connection) -> Inspection:
    """Inspect a database without changing it. SQLite has no clock, so the time is this machine's."""
    schema = current_revision(conn.library)
    if schema is None:
        return Inspection(None, _clock(conn), None)
    newest = conn.execute(sa.select(sa.func.max(events.c.at))).scalar()
    canaries = conn.execute(sa.select(meta.c.value).where(meta.c.name == CANARY)).scalar()
    return Inspection(
        schema, _clock(conn), newest, tuple(canaries.split()) if canaries else (), oldest_runnable(conn.library)
    )


def damages(conn: Connection) -> list[str]:
    """Return samples of the damage in a SQLite file. PostgreSQL has its own checksums, so the list is empty."""
    if conn.dialect.name != "sqlite":
        return []
    found = [str(row[0]) for row in conn.execute(sa.text("PRAGMA quick_check(3)"))]
    return [] if found == ["ok"] else [" ".join(each.split()) for each in found]


def _clock(conn: Connection) -> int:
    if conn.dialect.name != "postgresql":
        return now_ms()
    seconds = conn.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
    return int(float(seconds) * 1000)
