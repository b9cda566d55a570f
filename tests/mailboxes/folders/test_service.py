"""Folders for callers: listed live or as stored, changed, and known again by their messages' ids after a rename."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.accounts.model import AccountNotFound, NotConnected
from postroom.mail.ids import MessageId
from postroom.mailboxes.failures import FolderNotFound, InvalidFolder, TimedOut
from postroom.mailboxes.folders.service import Folders
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts as table
from postroom.storage.tables import mailboxes
from tests.fakes.imap_server import FakeImapServer, never_answer, refuse_login


def soon() -> TimeAllowed:
    return TimeAllowed.after(10.0)


async def store_folder(visits: MailVisits, path: str) -> None:
    def work(conn: Connection) -> None:
        key = conn.execute(sa.select(table.c.key)).scalar_one()
        row = {"account_key": key, "path": path, "delimiter": "/", "attributes": [], "messages": 7, "synced_at": 1000}
        conn.execute(sa.insert(mailboxes), row)

    await visits.db.write(work)


async def test_the_list_is_live_while_the_account_is_connected(visits: MailVisits) -> None:
    await store_folder(visits, "Gone")
    found = await Folders(visits).list("a", soon(), counters=True)
    assert not found.stored
    assert [folder["path"] for folder in found.folders] == ["Drafts", "INBOX", "Junk", "Sent", "Trash"]


async def test_an_account_in_trouble_shows_what_is_stored(visits: MailVisits) -> None:
    folders = Folders(visits)
    await visits.db.write(lambda conn: conn.execute(table.update().values(state="connectError")))
    with pytest.raises(NotConnected):
        await folders.list("a", soon())
    await store_folder(visits, "Work")
    found = await folders.list("a", soon(), counters=True)
    assert (found.stored, found.stored_at) == (True, 1000)
    assert [(each["path"], each["messages"], "status" in each) for each in found.folders] == [("Work", 7, False)]
    with pytest.raises(AccountNotFound):
        await folders.list("nobody", soon())


async def test_a_server_that_lets_nobody_in_shows_what_is_stored(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(refuse_login("UNAVAILABLE"))
    with pytest.raises(SessionFailed):
        await Folders(visits).list("a", soon())
    await store_folder(visits, "Work")
    assert (await Folders(visits).list("a", soon())).stored


async def test_a_silent_server_is_a_timeout_and_no_old_list(visits: MailVisits, mail: FakeImapServer) -> None:
    await store_folder(visits, "Work")
    mail.behave(never_answer("LIST"))
    with pytest.raises(TimedOut):
        await Folders(visits).list("a", TimeAllowed.after(0.3))


async def test_a_role_stands_for_its_folder(visits: MailVisits) -> None:
    folders = Folders(visits)
    created = await folders.create("a", "\\Sent", soon())
    assert (created.path, created.created) == ("Sent", False)
    with pytest.raises(FolderNotFound):
        await folders.create("a", "\\Archive", soon())
    assert (await folders.delete("a", "\\junk", soon())).path == "Junk"
    assert (await folders.change("a", "\\Trash", soon(), new_name="Bin")).new_path == "Bin"
    with pytest.raises(InvalidFolder, match="is a role"):
        await folders.change("a", "Bin", soon(), new_name="\\trash")


async def test_a_new_name_that_is_the_old_one_renames_nothing(visits: MailVisits, mail: FakeImapServer) -> None:
    done = await Folders(visits).change("a", ["Sent"], soon(), new_name="Sent", subscribed=True)
    assert (done.renamed, done.subscribed) == (False, True)
    assert mail.statistics.count("command", "RENAME") == 0


async def test_message_ids_hold_when_a_folder_is_renamed(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: x\r\n\r\nx\r\n", "Work")
    async with visits.folder("a", "Work", soon()) as folder:
        number = folder.number
    await Folders(visits).change("a", "Work", soon(), new_name="Done")
    async with visits.message("a", MessageId(number, 1), soon()) as at:
        assert (at.folder.path, at.folder.number) == ("Done", number)


async def test_the_sync_is_asked_to_look(visits: MailVisits) -> None:
    async def asked() -> int:
        return await visits.db.read(lambda conn: conn.execute(sa.select(table.c.sync_revision)).scalar_one())

    folders, before = Folders(visits), await asked()
    assert (await folders.create("a", "New", soon())).created
    assert await asked() == before + 1
    assert not (await folders.create("a", "New", soon())).created
    assert await asked() == before + 1
    await folders.change("a", "New", soon(), new_name="Newer")
    await folders.delete("a", "Newer", soon())
    assert await asked() == before + 3


async def test_a_change_stands_when_the_sync_cannot_be_asked(visits: MailVisits, mail: FakeImapServer) -> None:
    await visits.db.write(lambda conn: conn.execute(table.update().values(state="connecting")))
    assert (await Folders(visits).create("a", "New", soon())).created
    assert "New" in mail.world.mailboxes("u1")
