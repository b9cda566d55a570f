"""The SQL for how much of an account's mail the index of threads has."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.mail.folder import can_be_opened
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import mailboxes

__all__ = ["Covered", "covers_all", "find"]

_UNFINISHED: Final = sa.or_(
    mailboxes.c.indexed.is_(None), mailboxes.c.indexed < sa.func.coalesce(mailboxes.c.uidnext, 0) - 1
)
_LEFT: Final = sa.select(mailboxes.c.attributes).where(mailboxes.c.account_key == sa.bindparam("key"), _UNFINISHED)
_HELD: Final = sa.select(sa.func.count()).where(mailboxes.c.account_key == sa.bindparam("key"))
_FOLDER: Final = sa.select(mailboxes.c.id, mailboxes.c.indexed, mailboxes.c.uidnext).where(
    mailboxes.c.account_key == sa.bindparam("key"),
    mailboxes.c.path == sa.bindparam("path"),
    mailboxes.c.uidvalidity == sa.bindparam("uidvalidity"),
)


@dataclass(frozen=True, slots=True)
class Covered:
    """A folder of the index. Every known message up to the UID `upto` is in it; `is_whole` means all of them are."""

    mailbox_id: int
    upto: int
    is_whole: bool


def find(conn: Connection, account_key: int, path: str, uidvalidity: int) -> Covered | None:
    """Return how much of a folder is indexed, None if nothing is."""
    row = conn.execute(_FOLDER, {"key": account_key, "path": path, "uidvalidity": uidvalidity}).first()
    if row is None or row.indexed is None:
        return None
    return Covered(row.id, row.indexed, row.indexed >= (row.uidnext or 1) - 1)


def covers_all(conn: Connection, account_key: int) -> bool:
    """Whether every folder of the account that can be opened is indexed, with all of its known messages."""
    if not conn.execute(_HELD, {"key": account_key}).scalar():
        return False
    return not any(can_be_opened(row.attributes) for row in conn.execute(_LEFT, {"key": account_key}))
