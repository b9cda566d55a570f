"""The SQL that reads how far the sync of each folder of an account has come."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from postroom.folders.progress import FolderProgress
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, mailboxes

__all__ = ["progress_of"]

_PROGRESS: Final = (
    sa.select(
        mailboxes.c.path,
        mailboxes.c.special_use,
        mailboxes.c.messages,
        mailboxes.c.uidnext,
        mailboxes.c.scanned,
        mailboxes.c.synced_at,
        mailboxes.c.troubles,
        mailboxes.c.parked_until,
    )
    .join(accounts, accounts.c.key == mailboxes.c.account_key)
    .where(accounts.c.account == sa.bindparam("account"))
    .order_by(sa.func.lower(mailboxes.c.path) != "inbox", mailboxes.c.path)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


def progress_of(conn: Connection, account: str, limit: int) -> list[FolderProgress]:
    """Return the folders of an account by path, the inbox first; none for an unknown account."""
    return [FolderProgress(*row) for row in conn.execute(_PROGRESS, {"account": account, "limit": limit})]
