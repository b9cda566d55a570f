"""SQL for consents that people have been sent to give. Functions of an open connection; no decisions."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.tables import oauth2_consents


def insert(conn: sa.Connection, id_: str, sealed: str, expires_at: int, now: int, account: str | None = None) -> None:
    """Store a consent to be given, for `account` if it names one; those that have expired go."""
    conn.execute(sa.delete(oauth2_consents).where(oauth2_consents.c.expires_at <= now))
    conn.execute(sa.insert(oauth2_consents).values(id=id_, sealed=sealed, expires_at=expires_at, account=account))


def hold(conn: sa.Connection, id_: str, now: int) -> str | None:
    """Return what was stored, unless it has expired, and hold it until the transaction ends."""
    query = sa.select(oauth2_consents.c.sealed).where(oauth2_consents.c.id == id_, oauth2_consents.c.expires_at > now)
    return conn.execute(query.with_for_update()).scalar_one_or_none()


def find(conn: sa.Connection, id_: str, now: int) -> str | None:
    """Return what was stored, unless it has expired."""
    query = sa.select(oauth2_consents.c.sealed).where(oauth2_consents.c.id == id_, oauth2_consents.c.expires_at > now)
    return conn.execute(query).scalar_one_or_none()


def replace(conn: sa.Connection, id_: str, sealed: str) -> None:
    """Replace what is stored."""
    conn.execute(sa.update(oauth2_consents).where(oauth2_consents.c.id == id_).values(sealed=sealed))


def delete(conn: sa.Connection, id_: str) -> None:
    """Remove a consent: it is used."""
    conn.execute(sa.delete(oauth2_consents).where(oauth2_consents.c.id == id_))
