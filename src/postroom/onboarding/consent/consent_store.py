"""The SQL for pending consents. Functions of an open connection; no decisions."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.statements.connection import Connection
from postroom.storage.tables import oauth2_consents


def insert(conn: Connection, id_: str, sealed: str, expires_at: int, now: int, account: str | None = None) -> None:
    """Store a pending consent, for `account` if given, and delete the expired ones."""
    conn.execute(sa.delete(oauth2_consents).where(oauth2_consents.c.expires_at <= now))
    conn.execute(sa.insert(oauth2_consents).values(id=id_, sealed=sealed, expires_at=expires_at, account=account))


def hold(conn: Connection, id_: str, now: int) -> str | None:
    """Return the stored text, unless it has expired, and lock its row until the transaction ends."""
    query = sa.select(oauth2_consents.c.sealed).where(oauth2_consents.c.id == id_, oauth2_consents.c.expires_at > now)
    return conn.execute(query.with_for_update()).scalar_one_or_none()


def find(conn: Connection, id_: str, now: int) -> str | None:
    """Return the stored text, unless it has expired."""
    query = sa.select(oauth2_consents.c.sealed).where(oauth2_consents.c.id == id_, oauth2_consents.c.expires_at > now)
    return conn.execute(query).scalar_one_or_none()


def replace(conn: Connection, id_: str, sealed: str) -> None:
    """Replace the stored text."""
    conn.execute(sa.update(oauth2_consents).where(oauth2_consents.c.id == id_).values(sealed=sealed))


def delete(conn: Connection, id_: str) -> None:
    """Delete a consent that was used."""
    conn.execute(sa.delete(oauth2_consents).where(oauth2_consents.c.id == id_))
