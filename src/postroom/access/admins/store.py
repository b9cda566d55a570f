"""SQL for the operator, sessions and attempts. Functions of an open connection; no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import sqlalchemy as sa

from postroom.access.admins.model import OPERATOR, Admin, AdminSession
from postroom.footprint.dataclass import dataclass
from postroom.storage.schema.admins import admin_attempts, admin_sessions, admins
from postroom.storage.statements.connection import Connection
from postroom.storage.upsert import insert_into

# Ids in one statement.
_AT_ONCE: Final = 500
_COLUMNS: Final = [column for column in admins.c if column is not admins.c.name]


@dataclass(frozen=True, slots=True)
class Attempted:
    """The failures that are known of one origin."""

    failures: int
    next_at: int
    last_at: int


def admin(conn: Connection, *, lock: bool = False) -> Admin:
    """Return the operator; one without anything when there is no row. `lock` keeps the row until the commit."""
    query = sa.select(*_COLUMNS).where(admins.c.name == OPERATOR)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return Admin()
    values = row._asdict()
    return Admin(**{**values, "recovery": tuple(values["recovery"])})


def put_admin(conn: Connection, found: Admin) -> None:
    """Store the operator."""
    values = _row(found)
    insert = insert_into(admins, conn.dialect.name).values(values)
    conn.execute(insert.on_conflict_do_update(index_elements=[admins.c.name], set_=values))


def add_admin(conn: Connection, found: Admin) -> bool:
    """Store the operator if there is none; return whether there was none."""
    insert = insert_into(admins, conn.dialect.name).values(_row(found))
    return conn.execute(insert.on_conflict_do_nothing()).rowcount == 1


def add_session(conn: Connection, session: AdminSession) -> None:
    """Store a session."""
    conn.execute(sa.insert(admin_sessions), asdict(session))


def session(conn: Connection, id_: str, created_after: int, used_after: int) -> AdminSession | None:
    """Return a session that is younger than both times."""
    row = conn.execute(_live(created_after, used_after).where(admin_sessions.c.id == id_)).one_or_none()
    return None if row is None else AdminSession(**row._asdict())


def sessions(conn: Connection, created_after: int, used_after: int) -> list[AdminSession]:
    """Return the sessions that are younger than both times; those used last come first."""
    query = _live(created_after, used_after).order_by(admin_sessions.c.used_at.desc(), admin_sessions.c.id)
    return [AdminSession(**row._asdict()) for row in conn.execute(query)]


def live(conn: Connection, ids: Sequence[str], created_after: int, used_after: int) -> set[str]:
    """Return which of these sessions exist and are younger than both times."""
    found: set[str] = set()
    for begin in range(0, len(ids), _AT_ONCE):
        some = _live(created_after, used_after).where(admin_sessions.c.id.in_(ids[begin : begin + _AT_ONCE]))
        found.update(row.id for row in conn.execute(some))
    return found


def touch(conn: Connection, ids: Sequence[str], at: int) -> None:
    """Record when sessions were last used."""
    conn.execute(sa.update(admin_sessions).where(admin_sessions.c.id.in_(ids)).values(used_at=at))


def end_session(conn: Connection, id_: str) -> bool:
    """Remove a session; return whether there was one."""
    return bool(conn.execute(sa.delete(admin_sessions).where(admin_sessions.c.id == id_)).rowcount)


def end_sessions(conn: Connection, but: str = "") -> int:
    """Remove all sessions but one; return how many there were."""
    return int(conn.execute(sa.delete(admin_sessions).where(admin_sessions.c.id != but)).rowcount)


def forget(conn: Connection, sessions_before: int, attempts_before: int) -> None:
    """Remove sessions that began before a time, and attempts that were last seen before another."""
    conn.execute(sa.delete(admin_sessions).where(admin_sessions.c.created_at < sessions_before))
    conn.execute(sa.delete(admin_attempts).where(admin_attempts.c.last_at < attempts_before))


def attempted(conn: Connection, origin: str, now: int) -> Attempted:
    """Return what is known of an origin, and keep its row until the commit, so that attempts count one by one."""
    fresh = {"origin": origin, "failures": 0, "next_at": 0, "last_at": now}
    insert = insert_into(admin_attempts, conn.dialect.name).values(fresh)
    # The update changes nothing, but it finds and locks the row in one statement: another attempt may remove it.
    kept = insert.on_conflict_do_update(index_elements=["origin"], set_={"last_at": admin_attempts.c.last_at})
    found = (admin_attempts.c.failures, admin_attempts.c.next_at, admin_attempts.c.last_at)
    row = conn.execute(kept.returning(*found)).one()
    return Attempted(**row._asdict())


def count_attempt(conn: Connection, origin: str, counted: Attempted) -> None:
    """Store what is known of an origin now."""
    conn.execute(sa.update(admin_attempts).where(admin_attempts.c.origin == origin).values(asdict(counted)))


def forgive(conn: Connection, origins: Sequence[str]) -> None:
    """Forget the failures of these origins."""
    conn.execute(sa.delete(admin_attempts).where(admin_attempts.c.origin.in_(origins)))


def uncount(conn: Connection, origin: str) -> None:
    """Take back one failure of an origin: the attempt succeeded."""
    one = admin_attempts.c.origin == origin
    conn.execute(sa.update(admin_attempts).where(one).values(failures=admin_attempts.c.failures - 1))


def forgive_all(conn: Connection) -> None:
    """Forget all failures."""
    conn.execute(sa.delete(admin_attempts))


def _live(created_after: int, used_after: int) -> sa.Select[Any]:
    return sa.select(admin_sessions).where(
        admin_sessions.c.created_at > created_after, admin_sessions.c.used_at > used_after
    )


def _row(found: Admin) -> dict[str, object]:
    return {"name": OPERATOR, **asdict(found), "recovery": list(found.recovery)}
