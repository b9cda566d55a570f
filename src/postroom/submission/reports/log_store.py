"""SQL for the place up to which the event log was read for reports, and for the process that reads it."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.schema.sending import reports_read
from postroom.storage.statements.connection import Connection
from postroom.storage.upsert import insert_into

_NAME: Final = "reports"
_ROW = sa.select(reports_read.c.position, reports_read.c.claimed_by, reports_read.c.until).where(
    reports_read.c.name == _NAME
)
_MINE = (reports_read.c.name == _NAME, reports_read.c.claimed_by == sa.bindparam("b_me"))
_CLAIM = (
    sa.update(reports_read)
    .where(
        reports_read.c.name == _NAME,
        sa.or_(
            reports_read.c.claimed_by.is_(None),
            reports_read.c.claimed_by == sa.bindparam("b_me"),
            reports_read.c.until <= sa.bindparam("b_now"),
            sa.bindparam("b_alone", type_=sa.Boolean),
        ),
    )
    .values(claimed_by=sa.bindparam("b_me"), until=sa.bindparam("b_until"))
)
_ADVANCE = (
    sa.update(reports_read)
    .where(*_MINE, reports_read.c.position == sa.bindparam("b_before"))
    .values(position=sa.bindparam("b_position"), until=sa.bindparam("b_until"))
)
_RELEASE = sa.update(reports_read).where(*_MINE).values(claimed_by=None, until=0)


@dataclass(frozen=True, slots=True)
class LogPlace:
    """The number of the last event that was read, and who reads until when."""

    position: int
    claimed_by: str | None
    until: int


def place(conn: Connection) -> LogPlace | None:
    """Return the place in the log; None when nobody has read it yet."""
    row = conn.execute(_ROW).one_or_none()
    return None if row is None else LogPlace(*row)


def begin(conn: Connection, position: int) -> None:
    """Begin to read after `position`, unless somebody has begun."""
    insert = insert_into(reports_read, conn.dialect.name).values(name=_NAME, position=position, until=0)
    conn.execute(insert.on_conflict_do_nothing(index_elements=["name"]))


def claim(conn: Connection, me: str, now: int, until: int) -> int | None:
    """Claim the reading of the log until the lease ends, and return the place; None when another process reads.

    On SQLite there is one process, so a claim of another one is left over from before.
    """
    known = {"b_me": me, "b_now": now, "b_until": until, "b_alone": conn.dialect.name == "sqlite"}
    if conn.execute(_CLAIM, known).rowcount != 1:
        return None
    found = place(conn)
    return None if found is None else found.position


def advance(conn: Connection, me: str, before: int, position: int, until: int) -> bool:
    """Store how far the log was read, and prolong the lease. False when another process took over."""
    known = {"b_me": me, "b_before": before, "b_position": position, "b_until": until}
    return conn.execute(_ADVANCE, known).rowcount == 1


def release(conn: Connection, me: str) -> None:
    """Let another process read."""
    conn.execute(_RELEASE, {"b_me": me})
