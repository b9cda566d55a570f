"""The stored folders as callers' requests read them: what the sync wrote, with the number in message ids."""

from __future__ import annotations

from postroom.folders import store
from tests.fakes.imap_server import FakeImapServer
from tests.sync.conftest import account, mail
from tests.sync.live_account import LiveAccount, letter

__all__ = ["account", "mail"]


async def test_folders_that_the_sync_saw_are_read_by_path_and_by_role(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    mail.append(account.user, letter("hello"))
    async with account.connected() as session:
        await session.look()
    folders = await account.db.read(lambda conn: store.all_folders(conn, account.key))
    assert [each.path for each in folders] == ["Drafts", "INBOX", "Junk", "Sent", "Trash"]
    inbox = await account.db.read(lambda conn: store.find(conn, account.key, "INBOX"))
    assert inbox is not None
    assert (inbox.role, inbox.messages, inbox.uidnext) == ("\\Inbox", 1, 2)
    assert inbox.number is not None
    assert inbox.uidvalidity == mail.mailbox(account.user).uid_validity
    trash = await account.db.read(lambda conn: store.find_by_role(conn, account.key, "\\TRASH"))
    assert trash is not None
    assert trash.path == "Trash"
    assert await account.db.read(lambda conn: store.find(conn, account.key, "Nowhere")) is None
    assert await account.db.read(lambda conn: store.find_by_role(conn, account.key, "\\Archive")) is None
