"""The folders of one account, the inbox first."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.folders.followed import FollowedFolders
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, mailboxes
from tests.submission.messages import add_account


def fill(conn: Connection) -> None:
    keys = {row[0]: row[1] for row in conn.execute(sa.select(accounts.c.account, accounts.c.key))}
    rows = [
        ("anna", "Archive", None),
        ("anna", "Inbox", "\\Inbox"),
        ("anna", "Sent", "\\Sent"),
        ("bert", "INBOX", None),
    ]
    conn.execute(
        sa.insert(mailboxes),
        [
            {
                "account_key": keys[name],
                "path": path,
                "special_use": role,
                "attributes": [],
                "uidnext": 11,
                "scanned": 5,
            }
            for name, path, role in rows
        ],
    )


async def test_folders_of_an_account_are_read_with_their_progress(db: Database) -> None:
    for name in ("anna", "bert"):
        await add_account(db, name)
    await db.write(fill)
    followed = FollowedFolders(db)
    found = await followed.of("anna")
    assert [(each.path, each.role, each.percent) for each in found] == [
        ("Inbox", "\\Inbox", 50),
        ("Archive", None, 50),
        ("Sent", "\\Sent", 50),
    ]
    assert len(await followed.of("anna", 2)) == 2
    assert await followed.of("nobody") == []
