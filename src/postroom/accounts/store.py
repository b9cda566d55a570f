"""SQL for accounts: insert, read, list, change. Functions of an open connection; no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountRow, AccountView, ListItem, ListQuery, TimelineEntry
from postroom.storage.tables import (
    account_metadata,
    account_settings,
    account_status,
    accounts,
    timeline,
    tokens,
)

_ROW = (
    accounts.c.key,
    accounts.c.account,
    accounts.c.name,
    accounts.c.email,
    accounts.c.type,
    accounts.c.created_at,
    accounts.c.wanted,
    accounts.c.revision,
    accounts.c.version,
    accounts.c.parked_revision,
    accounts.c.state,
    accounts.c.state_since,
    accounts.c.failures,
    accounts.c.next_attempt,
    accounts.c.sync_time,
    accounts.c.connections,
)
_BY_ID = sa.select(*_ROW).where(accounts.c.account == sa.bindparam("account"))
_VIEW = (
    sa.select(
        *_ROW,
        account_settings.c.document,
        account_status.c.last_error,
        account_status.c.server,
        account_status.c.sync,
        account_status.c.counters,
        account_settings.c.metadata,
    )
    .join(account_settings, account_settings.c.account_key == accounts.c.key)
    .join(account_status, account_status.c.account_key == accounts.c.key)
    .where(accounts.c.account == sa.bindparam("account"))
)
_ROW_WIDTH = len(_ROW)
_STATE_INDEX = next(index for index, column in enumerate(_ROW) if column is accounts.c.state)


def _row(values: Sequence[Any]) -> AccountRow:
    fields = list(values[:_ROW_WIDTH])
    fields[_STATE_INDEX] = State(fields[_STATE_INDEX])
    return AccountRow(*fields)


def search_text(account: str, name: str, email: str) -> str:
    """Return what the list's `query` searches in: letters folded, one line per field."""
    return "\n".join((account, name, email)).casefold()


def insert(
    conn: sa.Connection, row: dict[str, Any], document: dict[str, Any], sealed: str | None, pairs: dict[str, str]
) -> int:
    """Store a new account; return its key. Raises sa.exc.IntegrityError when the id or the OAuth2 user is taken."""
    row = {**row, "search": search_text(row["account"], row["name"], row["email"])}
    key = int(conn.execute(sa.insert(accounts).values(row).returning(accounts.c.key)).scalar_one())
    settings = {"account_key": key, "document": document, "secrets": sealed, "metadata": pairs}
    conn.execute(sa.insert(account_settings), settings)
    conn.execute(sa.insert(account_status), {"account_key": key})
    _insert_metadata(conn, key, pairs)
    return key


def find(conn: sa.Connection, account: str) -> AccountRow | None:
    """Return the row of an account id."""
    row = conn.execute(_BY_ID, {"account": account}).one_or_none()
    return _row(row) if row else None


def find_for_update(conn: sa.Connection, account: str) -> AccountRow | None:
    """Return the row and hold it until the transaction ends, so that a read-merge-write loses nothing."""
    row = conn.execute(_BY_ID.with_for_update(), {"account": account}).one_or_none()
    return _row(row) if row else None


def find_oauth2_identity(conn: sa.Connection, identity: str) -> str | None:
    """Return the id of the account that holds an OAuth2 identity."""
    query = sa.select(accounts.c.account).where(accounts.c.oauth2_identity == identity)
    return conn.execute(query).scalar_one_or_none()


def load_settings(conn: sa.Connection, key: int) -> tuple[dict[str, Any], str | None]:
    """Return the masked document and the sealed secrets."""
    query = sa.select(account_settings.c.document, account_settings.c.secrets).where(
        account_settings.c.account_key == key
    )
    document, sealed = conn.execute(query).one()
    return document, sealed


def save_settings(conn: sa.Connection, key: int, document: dict[str, Any], sealed: str | None) -> None:
    """Replace the masked document and the sealed secrets."""
    conn.execute(
        sa.update(account_settings)
        .where(account_settings.c.account_key == key)
        .values(document=document, secrets=sealed)
    )


def update_row(conn: sa.Connection, key: int, values: dict[str, Any]) -> None:
    """Change columns of the narrow row."""
    conn.execute(sa.update(accounts).where(accounts.c.key == key).values(values))


def replace_metadata(conn: sa.Connection, key: int, pairs: dict[str, str]) -> None:
    """Replace the account's metadata."""
    conn.execute(sa.update(account_settings).where(account_settings.c.account_key == key).values(metadata=pairs))
    conn.execute(sa.delete(account_metadata).where(account_metadata.c.account_key == key))
    _insert_metadata(conn, key, pairs)


def _insert_metadata(conn: sa.Connection, key: int, pairs: dict[str, str]) -> None:
    if pairs:
        rows = [{"account_key": key, "name": name, "value": value} for name, value in pairs.items()]
        conn.execute(sa.insert(account_metadata), rows)


def delete(conn: sa.Connection, key: int, account: str) -> None:
    """Remove the account, everything that hangs on it, and the tokens bound to it."""
    conn.execute(sa.delete(tokens).where(tokens.c.account == account))
    conn.execute(sa.delete(accounts).where(accounts.c.key == key))


def view(conn: sa.Connection, account: str) -> AccountView | None:
    """Return everything GET tells about an account."""
    found = conn.execute(_VIEW, {"account": account}).one_or_none()
    if found is None:
        return None
    return AccountView(_row(found), *found[_ROW_WIDTH:])


def page(conn: sa.Connection, query: ListQuery) -> tuple[int, list[ListItem]]:
    """Return how many accounts match, and one page of them in the order of their ids."""
    conditions = _conditions(query)
    total = int(conn.execute(sa.select(sa.func.count()).select_from(accounts).where(*conditions)).scalar_one())
    # The page is cut from the index alone; only the rows that are shown are then looked up whole.
    keys = (
        sa.select(accounts.c.key)
        .where(*conditions)
        .order_by(accounts.c.account)
        .limit(query.page_size)
        .offset(query.page * query.page_size)
    )
    found = conn.execute(
        sa.select(
            *_ROW,
            account_status.c.last_error,
            account_status.c.counters,
            account_settings.c.document,
            account_settings.c.metadata,
        )
        .join(account_status, account_status.c.account_key == accounts.c.key)
        .join(account_settings, account_settings.c.account_key == accounts.c.key)
        .where(accounts.c.key.in_(keys))
        .order_by(accounts.c.account)
    ).all()
    return total, [ListItem(_row(values), *values[_ROW_WIDTH:]) for values in found]


def _conditions(query: ListQuery) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if query.state is not None:
        conditions.append(accounts.c.state == query.state.value)
    if query.text:
        conditions.append(accounts.c.search.contains(query.text.casefold(), autoescape=True))
    for name, value in query.metadata.items():
        having = sa.select(account_metadata.c.account_key).where(
            account_metadata.c.name == name, account_metadata.c.value == value
        )
        conditions.append(accounts.c.key.in_(having))
    return conditions


def timeline_page(conn: sa.Connection, key: int, page_number: int, size: int) -> tuple[int, list[TimelineEntry]]:
    """Return how many state changes are kept, and one page of them, newest first."""
    mine = timeline.c.account_key == key
    total = int(conn.execute(sa.select(sa.func.count()).select_from(timeline).where(mine)).scalar_one())
    query = (
        sa.select(
            timeline.c.id, timeline.c.at, timeline.c.state, timeline.c.cause, timeline.c.attempt, timeline.c.detail
        )
        .where(mine)
        .order_by(timeline.c.id.desc())
        .limit(size)
        .offset(page_number * size)
    )
    return total, [
        TimelineEntry(id_, at, State(state), cause, attempt, detail)
        for id_, at, state, cause, attempt, detail in conn.execute(query)
    ]


def state_counts(conn: sa.Connection) -> dict[str, int]:
    """Return how many accounts are in each state."""
    query = sa.select(accounts.c.state, sa.func.count()).group_by(accounts.c.state)
    return {state: int(number) for state, number in conn.execute(query)}
