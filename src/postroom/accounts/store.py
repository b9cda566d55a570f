"""The SQL of accounts: insert, read, list, change. Functions of an open connection; no decisions."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa

from postroom.access.tokens import TOPIC as TOKENS_TOPIC
from postroom.accounts.known.details import Detail, detail_of
from postroom.accounts.known.last_error import LastError
from postroom.accounts.known.server_told import ServerTold
from postroom.accounts.known.sync_told import SyncTold
from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountRow, AccountView, TimelineEntry, Waiting
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.requests import is_storable
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import (
    account_metadata,
    account_settings,
    account_status,
    accounts,
    oauth2_consents,
    sign_in_links,
    timeline,
    tokens,
)
from postroom.storage.wakeups import wake

ROW = (
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
    accounts.c.host,
)
ROW_WIDTH = len(ROW)
_STATE_INDEX = next(index for index, column in enumerate(ROW) if column is accounts.c.state)
Columns: TypeAlias = dict[str, Any]
"""Column values by name."""

_STATES = {state.value: state for state in State}

NEXT_SYNC_REVISION: Columns = {"sync_revision": accounts.c.sync_revision + 1}
"""Values for `update_row` that ask the runner for another sync of everything."""

# Built once, because building a statement costs more than SQLite needs to run it.
_BY_ID = sa.select(*ROW).where(accounts.c.account == sa.bindparam("account"))
_BY_ID_HELD = _BY_ID.with_for_update()
_BY_IDENTITY = sa.select(accounts.c.account).where(accounts.c.oauth2_identity == sa.bindparam("identity"))
_INSERT = sa.insert(accounts).returning(accounts.c.key)
_INSERT_SETTINGS = sa.insert(account_settings)
_INSERT_METADATA = sa.insert(account_metadata)
_LOAD_SETTINGS = sa.select(account_settings.c.document, account_settings.c.secrets).where(
    account_settings.c.account_key == sa.bindparam("key")
)
_SAVE_SETTINGS = sa.update(account_settings).where(account_settings.c.account_key == sa.bindparam("key"))
_INSERT_TIMELINE = sa.insert(timeline)
_PRUNE_TIMELINE = sa.delete(timeline).where(
    timeline.c.account_key == sa.bindparam("mine"),
    timeline.c.id
    <= sa.select(timeline.c.id)
    .where(timeline.c.account_key == sa.bindparam("mine"))
    .order_by(timeline.c.id.desc())
    .limit(1)
    .offset(sa.bindparam("keep", type_=sa.Integer))
    .scalar_subquery(),
)
# Why an account waits: the cause in the timeline line that was written with the state. Notes of changed settings may
# have the same time, but they have a detail. The search starts at the newest line, because the line is recent.
WHY_INIT = sa.case(
    (
        accounts.c.state == State.INIT.value,
        sa.select(timeline.c.cause)
        .where(
            timeline.c.account_key == accounts.c.key,
            timeline.c.state == State.INIT.value,
            timeline.c.at == accounts.c.state_since,
            timeline.c.detail.is_(None),
        )
        .order_by(timeline.c.id.desc())
        .limit(1)
        .correlate(accounts)
        .scalar_subquery(),
    )
).label("why_init")
VIEW = (
    sa.select(
        *ROW,
        account_settings.c.document,
        account_status.c.last_error,
        account_status.c.server,
        account_status.c.sync,
        account_status.c.counters,
        account_settings.c.metadata,
        WHY_INIT,
    )
    .join(account_settings, account_settings.c.account_key == accounts.c.key)
    .join(account_status, account_status.c.account_key == accounts.c.key)
    .where(accounts.c.account == sa.bindparam("account"))
)
VIEW_WIDTH = ROW_WIDTH + 7

_TIME: dict[str, sa.Select[Any]] = {
    dialect: sa.select(sa.literal_column(text).label("now"))
    for dialect, text in (
        ("sqlite", "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"),
        ("postgresql", "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"),
    )
}


def row_of(values: Sequence[Any]) -> AccountRow:
    """Return the narrow row whose columns, `ROW`, come first in a result."""
    fields = list(values[:ROW_WIDTH])
    fields[_STATE_INDEX] = _STATES[fields[_STATE_INDEX]]
    return AccountRow._make(fields)


def folded(text: str) -> str:
    """Return text in the form that the list's `query` compares: without case, accents composed."""
    return text if text.isascii() and text.islower() else unicodedata.normalize("NFC", text.casefold())


def search_text(account: str, name: str, email: str) -> str:
    """Return the text that the list's `query` searches: one folded line per field."""
    return folded("\n".join((account, name, email)))


def insert(conn: Connection, row: Columns, document: Document, sealed: str | None, pairs: dict[str, str]) -> int:
    """Store a new account; return its key. Raises sa.exc.IntegrityError when the id or the OAuth2 user is taken.

    It creates no status row; the account's first event does, see `events.log.begin`.
    """
    row = {**row, "search": search_text(row["account"], row["name"], row["email"])}
    key = int(conn.execute(_INSERT, row).scalar_one())
    settings = {"account_key": key, "document": document, "secrets": sealed, "metadata": pairs}
    conn.execute(_INSERT_SETTINGS, settings)
    _insert_metadata(conn, key, pairs)
    return key


def find(conn: Connection, account: str) -> AccountRow | None:
    """Return the row of an account id."""
    if not is_storable(account):
        return None
    row = conn.execute(_BY_ID, {"account": account}).one_or_none()
    return row_of(row) if row else None


def find_for_update(conn: Connection, account: str) -> AccountRow | None:
    """Return the row and lock it until the transaction ends, so that no concurrent change is lost."""
    if not is_storable(account):
        return None
    row = conn.execute(_BY_ID_HELD, {"account": account}).one_or_none()
    return row_of(row) if row else None


def find_oauth2_identity(conn: Connection, identity: str) -> str | None:
    """Return the id of the account that holds an OAuth2 identity."""
    return conn.execute(_BY_IDENTITY, {"identity": identity}).scalar_one_or_none()


def load_settings(conn: Connection, key: int) -> tuple[AccountSettings, str | None]:
    """Return the stored settings, with masked secrets, and the sealed secrets."""
    document, sealed = conn.execute(_LOAD_SETTINGS, {"key": key}).one()
    return settings_of(document), sealed


def metadata(conn: Connection, key: int) -> dict[str, str]:
    """Return the account's metadata."""
    query = sa.select(account_settings.c.metadata).where(account_settings.c.account_key == key)
    found: dict[str, str] = conn.execute(query).scalar_one()
    return found


def settings_by_id(conn: Connection, names: Collection[str]) -> dict[str, AccountSettings]:
    """Return the settings of these accounts by id, with masked secrets. Unknown ids are left out."""
    query = (
        sa.select(accounts.c.account, account_settings.c.document)
        .join(account_settings, account_settings.c.account_key == accounts.c.key)
        .where(accounts.c.account.in_(names))
    )
    return {row.account: settings_of(row.document) for row in conn.execute(query)}


def save_settings(conn: Connection, key: int, document: Document, sealed: str | None) -> None:
    """Replace the masked document and the sealed secrets."""
    conn.execute(_SAVE_SETTINGS, {"key": key, "document": document, "secrets": sealed})


def update_row(conn: Connection, key: int, values: Columns) -> None:
    """Change columns of the narrow row."""
    conn.execute(sa.update(accounts).where(accounts.c.key == key).values(values))


def revise(conn: Connection, type_: str, *states: State) -> list[str]:
    """Increase the revision of all accounts of a type that are in one of the states; return their ids."""
    of_these = (accounts.c.type == type_, accounts.c.state.in_([state.value for state in states]))
    moved = sa.update(accounts).where(*of_these).values(revision=accounts.c.revision + 1, next_attempt=None)
    return list(conn.execute(moved.returning(accounts.c.account)).scalars())


def replace_metadata(conn: Connection, key: int, pairs: dict[str, str]) -> None:
    """Replace the account's metadata."""
    conn.execute(_SAVE_SETTINGS, {"key": key, "metadata": pairs})
    conn.execute(sa.delete(account_metadata).where(account_metadata.c.account_key == key))
    _insert_metadata(conn, key, pairs)


def _insert_metadata(conn: Connection, key: int, pairs: dict[str, str]) -> None:
    if pairs:
        rows = [{"account_key": key, "name": name, "value": value} for name, value in pairs.items()]
        conn.execute(_INSERT_METADATA, rows)


def find_to_delete(conn: Connection, account: str) -> AccountRow | None:
    """Return the row and lock it, as `find_for_update` does, and invalidate the links that name the id.

    The links were made for this account, not for a later one with the same id. They are locked before the account,
    because their users take the locks in this order too.
    """
    if is_storable(account):
        for table in (oauth2_consents, sign_in_links):
            conn.execute(sa.delete(table).where(table.c.account == account))
    return find_for_update(conn, account)


def delete(conn: Connection, key: int, account: str) -> None:
    """Delete the account, its dependent rows, and the tokens bound to it, which other processes may have in memory."""
    bound = sa.delete(tokens).where(tokens.c.account == account).returning(tokens.c.id)
    for token in conn.execute(bound).scalars():
        wake(conn, TOKENS_TOPIC, token)
    conn.execute(sa.delete(accounts).where(accounts.c.key == key))


def view(conn: Connection, account: str) -> AccountView | None:
    """Return the content of a GET of an account."""
    if not is_storable(account):
        return None
    found = conn.execute(VIEW, {"account": account}).one_or_none()
    return None if found is None else view_of(found)


def view_of(found: Sequence[Any]) -> AccountView:
    """Return the view whose columns, those of `VIEW`, come first in a result."""
    row = row_of(found)
    document, last_error, server, sync, counters, pairs, why = found[ROW_WIDTH:VIEW_WIDTH]
    return AccountView(
        row,
        document,
        None if last_error is None else LastError.of_row(last_error),
        None if server is None else ServerTold.of_row(server),
        None if sync is None else SyncTold.of_row(sync),
        counters,
        pairs,
        waiting_of(row, why),
    )


def waiting_of(row: AccountRow, cause: str | None) -> Waiting | None:
    """Return why an account waits, from the column `WHY_INIT`."""
    return Waiting(cause, row.state_since) if cause is not None else None


def insert_timeline(
    conn: Connection,
    key: int,
    state: State,
    at: int,
    cause: str,
    attempt: int = 0,
    detail: Detail | None = None,
) -> None:
    """Add a state change to the timeline."""
    conn.defer(_INSERT_TIMELINE, _line(key, state, at, cause, attempt, detail))


def begin_timeline(conn: Connection, key: int, at: int, states: Sequence[tuple[State, str]]) -> None:
    """Write the first state changes of an account, each with its cause."""
    conn.execute(_INSERT_TIMELINE, [_line(key, state, at, cause) for state, cause in states])


def _line(key: int, state: State, at: int, cause: str, attempt: int = 0, detail: Detail | None = None) -> Columns:
    row = None if detail is None else detail.as_row()
    return {"account_key": key, "at": at, "state": state.value, "cause": cause, "attempt": attempt, "detail": row}


def prune_timeline(conn: Connection, key: int, keep: int) -> int:
    """Delete all but the newest `keep` state changes of an account; return how many were deleted."""
    return int(conn.execute(_PRUNE_TIMELINE, {"mine": key, "keep": keep}).rowcount)


def timeline_page(conn: Connection, key: int, page_number: int, size: int) -> tuple[int, list[TimelineEntry]]:
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
        TimelineEntry(id_, at, State(state), cause, attempt, detail_of(detail))
        for id_, at, state, cause, attempt, detail in conn.execute(query)
    ]


def state_counts(conn: Connection) -> dict[str, int]:
    """Return how many accounts are in each state."""
    query = sa.select(accounts.c.state, sa.func.count()).group_by(accounts.c.state)
    return {state: int(number) for state, number in conn.execute(query)}


def database_time(conn: Connection) -> int:
    """Return the database's clock in milliseconds since 1970. All nodes share this clock."""
    return int(conn.execute(_TIME[conn.dialect.name]).scalar_one())
