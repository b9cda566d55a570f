"""An account with folders in a real database, and messages that are put into its index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from postroom.mail.identity.links import Links
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, mailboxes
from postroom.threads import index


@dataclass(frozen=True)
class Shelf:
    """The index of one account; `ids` are the keys of its folders."""

    db: Database
    key: int
    ids: Mapping[str, int]

    async def add(self, path: str, links: Mapping[int, Links]) -> dict[int, int]:
        return await self.db.write(lambda conn: index.add(conn, self.key, self.ids[path], links))


def letter(*chain: int, size: int = 10) -> Links:
    """A message that is called the last name of its chain."""
    return Links(chain[-1], size, None, chain)


@pytest.fixture
async def shelf(db: Database) -> Shelf:
    def work(conn: Connection) -> Shelf:
        row = {"account": "a", "name": "", "email": "", "search": "", "type": "imap", "created_at": 0}
        conn.execute(sa.insert(accounts).values(**row, state="connected", state_since=0))
        key = conn.execute(sa.select(accounts.c.key)).scalar_one()
        for path in ("INBOX", "Sent"):
            values = {"account_key": key, "path": path, "attributes": [], "uidvalidity": 7}
            conn.execute(sa.insert(mailboxes).values(**values))
        ids = {row.path: row.id for row in conn.execute(sa.select(mailboxes.c.path, mailboxes.c.id))}
        return Shelf(db, key, ids)

    return await db.write(work)
