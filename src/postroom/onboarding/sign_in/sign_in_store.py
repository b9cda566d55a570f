"""The SQL for the links of the hosted sign-in and their remaining attempts. Functions of an open connection."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.statements.connection import Connection
from postroom.storage.tables import sign_in_links

_links = sign_in_links.c


def insert(conn: Connection, id_: str, expires_at: int, now: int, account: str | None = None) -> None:
    """Store a new link, for `account` if given, and delete the expired ones."""
    conn.execute(sa.delete(sign_in_links).where(_links.expires_at <= now))
    conn.execute(sa.insert(sign_in_links).values(id=id_, expires_at=expires_at, account=account))


def is_open(conn: Connection, id_: str, now: int) -> bool:
    """Return whether a link can still be used."""
    return conn.execute(sa.select(_links.id).where(*_usable(id_, now))).first() is not None


def count_probe(conn: Connection, id_: str, limit: int, now: int) -> bool:
    """Count one attempt to sign in; return False after `limit` attempts, or if the link is no longer usable."""
    values = {"probes": _links.probes + 1}
    return _changed(conn, sa.update(sign_in_links).where(*_usable(id_, now), _links.probes < limit).values(values))


def count_search(conn: Connection, id_: str, limit: int, now: int) -> bool:
    """Count one search for servers or visit to a provider; return False after `limit`, or if the link is not usable."""
    values = {"searches": _links.searches + 1}
    return _changed(conn, sa.update(sign_in_links).where(*_usable(id_, now), _links.searches < limit).values(values))


def spend(conn: Connection, id_: str, now: int) -> bool:
    """Mark a link as used. Of two concurrent callers, one gets True."""
    return _changed(conn, sa.update(sign_in_links).where(*_usable(id_, now)).values(used_at=now))


def _usable(id_: str, now: int) -> tuple[sa.ColumnElement[bool], ...]:
    return _links.id == id_, _links.expires_at > now, _links.used_at.is_(None)


def _changed(conn: Connection, statement: sa.Update) -> bool:
    return conn.execute(statement).rowcount == 1
