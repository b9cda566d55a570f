"""The SQL for the folders at both ends of a move: where each is, and how far the sync has read it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import mailbox_numbers, mailboxes
from postroom.sync.folder.missing import from_json

__all__ = ["FolderEnd", "folder_ends"]


@dataclass(frozen=True, slots=True)
class FolderEnd:
    r"""A folder by its number in message ids, with its role (`\Sent`) if it has one.

    `mailbox_id` is None when the sync does not know the messages that this number stands for. Otherwise it has read all
    below `read_to` but the `missing` ones.
    """

    path: str
    special_use: str | None
    mailbox_id: int | None
    read_to: int
    missing: frozenset[int]


_FIND: Final = (
    sa.select(
        mailbox_numbers.c.number,
        mailbox_numbers.c.path,
        mailboxes.c.special_use,
        sa.case((mailboxes.c.uidvalidity == mailbox_numbers.c.uidvalidity, mailboxes.c.id)),
        mailboxes.c.uidnext,
        mailboxes.c.scanned,
        mailboxes.c.missing,
    )
    .select_from(
        mailbox_numbers.outerjoin(
            mailboxes,
            sa.and_(
                mailboxes.c.account_key == mailbox_numbers.c.account_key, mailboxes.c.path == mailbox_numbers.c.path
            ),
        )
    )
    .where(
        mailbox_numbers.c.account_key == sa.bindparam("of"),
        mailbox_numbers.c.number.in_(sa.bindparam("numbers", expanding=True)),
    )
)


def folder_ends(conn: Connection, account_key: int, numbers: Collection[int]) -> dict[int, FolderEnd]:
    """Return folders by number. Those without a number are left out."""
    if not numbers:
        return {}
    rows = conn.execute(_FIND, {"of": account_key, "numbers": sorted(numbers)})
    return {
        number: FolderEnd(
            path,
            special_use,
            mailbox_id,
            (uidnext or 1) if scanned is None else min(scanned + 1, uidnext or 1),
            frozenset(from_json(missing)),
        )
        for number, path, special_use, mailbox_id, uidnext, scanned, missing in rows
    }
