"""SQL for folders: what was last seen of each, the numbers in message ids, and the cursor of new mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from postroom.storage.tables import mailbox_numbers, mailboxes


@dataclass(frozen=True, slots=True)
class StoredMailbox:
    """One folder as last seen; `uidnext` is the cursor: every message below it has been dealt with."""

    id: int
    path: str
    delimiter: str | None
    attributes: tuple[str, ...]
    special_use: str | None
    uidvalidity: int | None
    uidnext: int | None


def load(conn: sa.Connection, account_key: int) -> dict[str, StoredMailbox]:
    """Return the stored folders of an account by path."""
    columns = mailboxes.c
    query = sa.select(
        columns.id,
        columns.path,
        columns.delimiter,
        columns.attributes,
        columns.special_use,
        columns.uidvalidity,
        columns.uidnext,
    ).where(columns.account_key == account_key)
    return {
        row.path: StoredMailbox(
            row.id, row.path, row.delimiter, tuple(row.attributes), row.special_use, row.uidvalidity, row.uidnext
        )
        for row in conn.execute(query)
    }


def insert(conn: sa.Connection, account_key: int, rows: Iterable[dict[str, Any]]) -> None:
    """Add folders: path, delimiter, attributes, special_use."""
    values = [{"account_key": account_key, **row} for row in rows]
    if values:
        conn.execute(sa.insert(mailboxes), values)


def update(conn: sa.Connection, mailbox_id: int, values: dict[str, Any]) -> None:
    """Change what is stored of one folder."""
    conn.execute(sa.update(mailboxes).where(mailboxes.c.id == mailbox_id).values(values))


def delete(conn: sa.Connection, mailbox_ids: Iterable[int]) -> None:
    """Forget folders."""
    conn.execute(sa.delete(mailboxes).where(mailboxes.c.id.in_(list(mailbox_ids))))


def wipe(conn: sa.Connection, account_key: int) -> None:
    """Forget every folder of an account; the numbers stay, so that message ids already given out stay true."""
    conn.execute(sa.delete(mailboxes).where(mailboxes.c.account_key == account_key))


def number(conn: sa.Connection, account_key: int, path: str, uidvalidity: int) -> int:
    """Return the number that stands for a folder under one UIDVALIDITY in message ids; made at the first question."""
    columns = mailbox_numbers.c
    mine = columns.account_key == account_key
    found = conn.execute(
        sa.select(columns.number).where(mine, columns.path == path, columns.uidvalidity == uidvalidity)
    ).scalar_one_or_none()
    if found is not None:
        return int(found)
    highest = conn.execute(sa.select(sa.func.coalesce(sa.func.max(columns.number), 0)).where(mine)).scalar_one()
    values = {"account_key": account_key, "number": highest + 1, "path": path, "uidvalidity": uidvalidity}
    conn.execute(sa.insert(mailbox_numbers), values)
    return int(highest) + 1
