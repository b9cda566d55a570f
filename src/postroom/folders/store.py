"""The SQL to read the stored folders of an account. The sync writes them, in `sync/store.py`."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.storage.statements.results import TableRow
from postroom.storage.tables import mailbox_numbers, mailboxes

__all__ = ["FolderRow", "all_folders", "find", "find_by_role", "last_synced"]


@dataclass(frozen=True, slots=True)
class FolderRow:
    r"""A folder as the sync last saw it.

    `special_use` is its role (`\Sent`). `uidvalidity`, `uidnext` and `messages` are None until it was opened. `number`
    stands for it in message ids, None if none was given yet for this UIDVALIDITY.
    """

    path: str
    delimiter: str | None
    attributes: tuple[str, ...]
    special_use: str | None
    uidvalidity: int | None
    uidnext: int | None
    messages: int | None
    object_id: str | None
    number: int | None

    @property
    def role(self) -> str | None:
        """`special_use`, as listed folders call it too."""
        return self.special_use


_COLUMNS: Final = (
    *("path", "delimiter", "attributes", "special_use", "uidvalidity", "uidnext", "messages", "object_id"),
)
_NUMBERED: Final = sa.and_(
    mailbox_numbers.c.account_key == mailboxes.c.account_key,
    mailbox_numbers.c.path == mailboxes.c.path,
    mailbox_numbers.c.uidvalidity == mailboxes.c.uidvalidity,
)
# Built once, because SQLAlchemy takes longer to build a statement than SQLite takes to run it.
_ALL: Final = (
    sa.select(*(mailboxes.c[name] for name in _COLUMNS), mailbox_numbers.c.number)
    .select_from(mailboxes.outerjoin(mailbox_numbers, _NUMBERED))
    .where(mailboxes.c.account_key == sa.bindparam("key"))
    .order_by(mailboxes.c.path)
)
_LAST_SYNCED: Final = sa.select(sa.func.max(mailboxes.c.synced_at)).where(
    mailboxes.c.account_key == sa.bindparam("key")
)
_BY_PATH: Final = _ALL.where(mailboxes.c.path == sa.bindparam("path"))
_BY_ROLE: Final = _ALL.where(sa.func.lower(mailboxes.c.special_use) == sa.bindparam("role")).limit(1)


def all_folders(conn: Connection, account_key: int) -> list[FolderRow]:
    """Return the stored folders of an account in order of path."""
    return [_row(row) for row in conn.execute(_ALL, {"key": account_key})]


def last_synced(conn: Connection, account_key: int) -> int | None:
    """Return when the newest of an account's folders was synced, in milliseconds since 1970; None when none was."""
    found: int | None = conn.execute(_LAST_SYNCED, {"key": account_key}).scalar()
    return found


def find(conn: Connection, account_key: int, path: str) -> FolderRow | None:
    """Return the stored folder at a path."""
    row = conn.execute(_BY_PATH, {"key": account_key, "path": path}).first()
    return None if row is None else _row(row)


def find_by_role(conn: Connection, account_key: int, role: str) -> FolderRow | None:
    r"""Return the stored folder with a role, such as `\Sent` in any mix of cases; the first one in order of path."""
    row = conn.execute(_BY_ROLE, {"key": account_key, "role": role.lower()}).first()
    return None if row is None else _row(row)


def _row(row: TableRow[*tuple[Any, ...]]) -> FolderRow:
    path, delimiter, attributes, *others = row
    return FolderRow(path, delimiter, tuple(attributes), *others)
