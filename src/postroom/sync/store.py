"""The SQL for folders: the last known state of each, its number in message ids, and the cursor of new mail."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import field, fields
from functools import lru_cache
from typing import Any, NotRequired, TypedDict

import sqlalchemy as sa

from postroom.accounts.known.sync_told import SyncTold
from postroom.footprint.dataclass import dataclass
from postroom.protocol_logs.piece_store import clear as clear_log
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_status, mailbox_chunks, mailbox_numbers, mailboxes
from postroom.sync.folder.missing import Missing, from_json, to_json
from postroom.threads.moves.store import forget_told


@dataclass(frozen=True, slots=True)
class StoredMailbox:
    """One folder in its last known state; `storage/tables.py` explains the columns.

    `counted` is the number of messages in its chunks when it was loaded. `number` stands for it in message ids.
    """

    id: int
    path: str
    delimiter: str | None
    attributes: tuple[str, ...]
    special_use: str | None
    uidvalidity: int | None = None
    uidnext: int | None = None
    highestmodseq: int | None = None
    messages: int = 0
    object_id: str | None = None
    notice: str | None = None
    scanned: int | None = None
    replays: bool = False
    missing: Mapping[int, Missing] = field(default_factory=dict)
    troubles: int = 0
    parked_until: int | None = None
    flags_at: int | None = None
    indexed: int | None = None
    counted: int | None = None
    number: int | None = None


class FolderState(TypedDict, total=False):
    """The columns that the sync of a folder changes; they are fields of `StoredMailbox`."""

    uidvalidity: int | None
    uidnext: int | None
    highestmodseq: int | None
    messages: int
    notice: str | None
    scanned: int | None
    replays: bool
    missing: Mapping[int, Missing]
    troubles: int
    parked_until: int | None
    flags_at: int | None
    indexed: int | None


class FolderListed(TypedDict):
    """A folder as the server lists it; `notice` says how it is announced when it is first opened."""

    path: str
    delimiter: str | None
    attributes: list[str]
    special_use: str | None
    object_id: str | None
    notice: NotRequired[str | None]


_ELSEWHERE = ("counted", "number")
_COLUMNS = [mailboxes.c[each.name] for each in fields(StoredMailbox) if each.name not in _ELSEWHERE]
_COUNTED = (
    sa.select(sa.func.coalesce(sa.func.sum(mailbox_chunks.c.messages), 0))
    .where(mailbox_chunks.c.mailbox_id == mailboxes.c.id)
    .scalar_subquery()
    .label("counted")
)
_NUMBERED = sa.and_(
    mailbox_numbers.c.account_key == mailboxes.c.account_key,
    mailbox_numbers.c.path == mailboxes.c.path,
    mailbox_numbers.c.uidvalidity == sa.func.coalesce(mailboxes.c.uidvalidity, 0),
)
_LOAD = (
    sa.select(*_COLUMNS, _COUNTED, mailbox_numbers.c.number)
    .select_from(mailboxes.outerjoin(mailbox_numbers, _NUMBERED))
    .where(mailboxes.c.account_key == sa.bindparam("key"))
    .order_by(mailboxes.c.path)
)
_FIRST_PAGE = _LOAD.limit(sa.bindparam("limit"))
_NEXT_PAGE = _FIRST_PAGE.where(mailboxes.c.path > sa.bindparam("after"))
# One row for each folder, or a single one without a folder.
_LOOK = (
    sa.select(account_status.c.initialized, *_COLUMNS, _COUNTED, mailbox_numbers.c.number)
    .select_from(
        account_status.outerjoin(mailboxes, mailboxes.c.account_key == account_status.c.account_key).outerjoin(
            mailbox_numbers, _NUMBERED
        )
    )
    .where(account_status.c.account_key == sa.bindparam("key"))
    .order_by(mailboxes.c.path)
    .limit(sa.bindparam("limit"))
)
# Built once, because SQLAlchemy takes longer to build a statement than SQLite takes to run it. The values name the
# columns.
_INSERT = sa.insert(mailboxes)
_UPDATE = sa.update(mailboxes).where(mailboxes.c.id == sa.bindparam("of"))
_DELETE = sa.delete(mailboxes).where(mailboxes.c.id.in_(sa.bindparam("ids", expanding=True)))
_INITIALIZED = sa.select(account_status.c.initialized).where(account_status.c.account_key == sa.bindparam("of"))
_PROGRESS = sa.update(account_status).where(account_status.c.account_key == sa.bindparam("of"))


def load(conn: Connection, account_key: int) -> dict[str, StoredMailbox]:
    """Return the stored folders of an account by path."""
    return {row.path: _stored(row._asdict()) for row in conn.execute(_LOAD, {"key": account_key})}


def load_page(conn: Connection, account_key: int, after: str | None, limit: int) -> dict[str, StoredMailbox]:
    """Return the next stored folders of an account in order of path, starting after the path `after`."""
    which = _FIRST_PAGE if after is None else _NEXT_PAGE
    rows = conn.execute(which, {"key": account_key, "limit": limit, **({} if after is None else {"after": after})})
    return {row.path: _stored(row._asdict()) for row in rows}


def look(conn: Connection, account_key: int, limit: int) -> tuple[bool, dict[str, StoredMailbox]]:
    """Return whether the account was fully synced, and its first folders in order of path."""
    rows = conn.execute(_LOOK, {"key": account_key, "limit": limit}).all()
    found = (row._asdict() for row in rows if row.id is not None)
    folders = [_stored({name: each[name] for name in each if name != "initialized"}) for each in found]
    return any(row.initialized for row in rows), {each.path: each for each in folders}


def _stored(row: Mapping[str, Any]) -> StoredMailbox:
    values = dict(row)
    # Thousands of accounts have folders of the same few names, so each of these texts is kept once.
    values["path"] = sys.intern(values["path"])
    values["special_use"] = values["special_use"] and sys.intern(values["special_use"])
    values["attributes"] = _shared(tuple(values["attributes"]))
    values["messages"] = values["messages"] or 0
    values["missing"] = from_json(values["missing"])
    return StoredMailbox(**values)


@lru_cache(maxsize=512)
def _shared(attributes: tuple[str, ...]) -> tuple[str, ...]:
    return attributes


def was_initialized(conn: Connection, account_key: int) -> bool:
    """Return whether the account was fully synced since it was added or flushed."""
    return bool(conn.execute(_INITIALIZED, {"of": account_key}).scalar_one())


def insert(conn: Connection, account_key: int, rows: Iterable[FolderListed]) -> None:
    """Add folders; every row must have the same columns."""
    values = [{"account_key": account_key, **row} for row in rows]
    if values:
        conn.execute(_INSERT, values)


def relist(conn: Connection, rows: Mapping[int, FolderListed]) -> None:
    """Write how folders are listed now, by id; every row must have the same columns."""
    if rows:
        conn.execute(_UPDATE, [{"of": mailbox_id, **row} for mailbox_id, row in rows.items()])


def update(conn: Connection, states: Mapping[int, FolderState], at: int) -> None:
    """Change stored folders, by id; every row must have the same columns. `at` is when they were checked."""
    if states:
        conn.defer(_UPDATE, [{"of": key, **_columns(state), "synced_at": at} for key, state in states.items()])


def _columns(state: FolderState) -> dict[str, Any]:
    columns: dict[str, Any] = {**state}
    if "missing" in state:
        columns["missing"] = to_json(state["missing"])
    return columns


def delete(conn: Connection, mailbox_ids: Iterable[int]) -> None:
    """Forget folders."""
    ids = list(mailbox_ids)
    if ids:
        conn.execute(_DELETE, {"ids": ids})


def wipe(conn: Connection, account_key: int) -> None:
    """Forget every folder of an account, and its protocol log.

    The numbers stay, so that message ids given out earlier stay valid.
    """
    conn.execute(sa.delete(mailboxes).where(mailboxes.c.account_key == account_key))
    forget_told(conn, account_key)
    clear_log(conn, account_key)


def rename(conn: Connection, account_key: int, folder: StoredMailbox, path: str) -> None:
    """Give a folder another path; it keeps the number in the ids of its messages."""
    conn.execute(sa.update(mailboxes).where(mailboxes.c.id == folder.id).values(path=path))
    columns = mailbox_numbers.c
    mine = sa.and_(columns.account_key == account_key, columns.uidvalidity == (folder.uidvalidity or 0))
    # Numbers are never reused. If a folder had this path and UIDVALIDITY before, its number keeps that name.
    taken = sa.select(columns.number).where(mine, columns.path == path)
    if conn.execute(taken).first() is None:
        conn.execute(sa.update(mailbox_numbers).where(mine, columns.path == folder.path).values(path=path))


def note_progress(conn: Connection, account_key: int, progress: SyncTold) -> None:
    """Write the progress of the account's sync."""
    conn.defer(_PROGRESS, {"of": account_key, "sync": progress.as_row()})
