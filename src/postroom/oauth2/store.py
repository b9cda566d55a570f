"""SQL for OAuth2 applications. Functions of an open connection; no decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from postroom.storage.statements.connection import Connection
from postroom.storage.statements.results import TableRow
from postroom.storage.tables import accounts, oauth2_apps

_USERS = (
    sa.select(sa.func.count())
    .select_from(accounts)
    .where(accounts.c.type == oauth2_apps.c.id)
    .correlate(oauth2_apps)
    .scalar_subquery()
    .label("users")
)
_BY_ID = sa.select(oauth2_apps, _USERS).where(oauth2_apps.c.id == sa.bindparam("app"))


def find(conn: Connection, app: str) -> TableRow[*tuple[Any, ...]] | None:
    """Return the row of an application, with the number of its accounts as `users`."""
    return None if "\0" in app else conn.execute(_BY_ID, {"app": app}).one_or_none()


def exists(conn: Connection, app: str) -> bool:
    """Say whether there is an application with this id."""
    return find(conn, app) is not None


def hold(conn: Connection, app: str) -> TableRow[*tuple[Any, ...]] | None:
    """Return the row and lock it until the transaction ends."""
    query = sa.select(oauth2_apps).where(oauth2_apps.c.id == app).with_for_update()
    return None if "\0" in app else conn.execute(query).one_or_none()


def insert(conn: Connection, values: Mapping[str, object]) -> None:
    """Store a new application."""
    conn.execute(sa.insert(oauth2_apps).values(dict(values)))


def update(conn: Connection, app: str, values: Mapping[str, object]) -> None:
    """Replace columns of an application."""
    conn.execute(sa.update(oauth2_apps).where(oauth2_apps.c.id == app).values(dict(values)))


def note_check(conn: Connection, app: str, updated_at: int, found: Mapping[str, object]) -> None:
    """Keep the result of a check of an application that was changed last at this time."""
    same = (oauth2_apps.c.id == app) & (oauth2_apps.c.updated_at == updated_at)
    conn.execute(sa.update(oauth2_apps).where(same).values(last_check=dict(found)))


def delete(conn: Connection, app: str) -> None:
    """Remove an application; its accounts stay."""
    conn.execute(sa.delete(oauth2_apps).where(oauth2_apps.c.id == app))


def kinds(conn: Connection) -> dict[str, str]:
    """Return the kinds of all applications by their ids."""
    query = sa.select(oauth2_apps.c.id, oauth2_apps.c.provider)
    return {str(row[0]): str(row[1]) for row in conn.execute(query)}


def page(conn: Connection, number: int, size: int) -> tuple[int, list[TableRow[*tuple[Any, ...]]]]:
    """Return how many applications there are, and one page of them, oldest first."""
    total = int(conn.execute(sa.select(sa.func.count()).select_from(oauth2_apps)).scalar_one())
    query = (
        sa.select(oauth2_apps, _USERS)
        .order_by(oauth2_apps.c.created_at, oauth2_apps.c.id)
        .limit(size)
        .offset(number * size)
    )
    return total, list(conn.execute(query))
