"""The server's list with counters: from the list itself, or from one STATUS for each folder."""

from __future__ import annotations

from postroom.folders.store import FolderRow
from postroom.mail.shapes import FolderObject
from postroom.mailboxes.folders.live_list import live_list
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import CAPABILITIES as OFFERED
from tests.fakes.imap_server import FakeImapServer, answer


async def listed(visits: MailVisits, *stored: FolderRow, counters: bool) -> dict[str, FolderObject]:
    async with visits.session("a", TimeAllowed.after(10.0)) as visit:
        return {folder["path"]: folder for folder in await live_list(visit, stored, counters=counters)}


async def test_each_folder_is_asked_where_the_list_tells_no_counters(visits: MailVisits, mail: FakeImapServer) -> None:
    for flags in ((), ("\\Seen",), ()):
        mail.append("u1", b"Subject: x\r\n\r\nx\r\n", flags=flags)
    for number in range(40):
        mail.mailbox("u1", f"Folder {number}")
    folders = await listed(visits, counters=True)
    assert folders["INBOX"]["status"] == {"messages": 3, "unseen": 2}
    assert (folders["INBOX"]["messages"], folders["INBOX"]["uidNext"]) == (3, 4)
    assert all(folder["status"].get("error") is None for folder in folders.values())
    assert mail.statistics.count("command", "STATUS") == len(folders) == 45


async def test_without_counters_no_folder_is_asked(visits: MailVisits, mail: FakeImapServer) -> None:
    row = FolderRow("Sent", "/", (), "\\Sent", 7, 12, 11, "F7", 2)
    folders = await listed(visits, row, counters=False)
    assert mail.statistics.count("command", "STATUS") == 0
    assert (folders["Sent"]["messages"], folders["Sent"]["uidNext"], folders["Sent"]["id"]) == (11, 12, "F7")
    assert not any("status" in folder for folder in folders.values())
    assert "messages" not in folders["INBOX"]


async def test_a_folder_whose_counters_are_refused_says_so(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("STATUS", tagged="NO [NOPERM] Not yours"))
    folders = await listed(visits, counters=True)
    assert folders["INBOX"]["status"] == {"error": "Not yours"}


async def test_a_server_that_tells_nothing_is_not_an_empty_folder(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("STATUS"))
    folders = await listed(visits, counters=True)
    assert folders["INBOX"]["status"] == {"error": "The mail server told no counters"}


async def test_the_list_itself_may_tell_counters(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities_after_login = (*OFFERED, "LIST-EXTENDED", "LIST-STATUS", "OBJECTID")
    lines = (
        '* LIST (\\HasNoChildren \\Subscribed) "/" INBOX',
        "* STATUS INBOX (MESSAGES 9 UNSEEN 4 UIDNEXT 20 MAILBOXID (F1))",
        '* LIST (\\Noselect) "/" Mail',
    )
    mail.behave(answer("LIST", *lines))
    folders = await listed(visits, counters=True)
    assert folders["INBOX"]["status"] == {"messages": 9, "unseen": 4}
    assert (folders["INBOX"]["id"], folders["INBOX"]["uidNext"], folders["INBOX"]["subscribed"]) == ("F1", 20, True)
    assert (folders["Mail"]["noSelect"], "status" in folders["Mail"]) == (True, False)
    assert mail.statistics.count("command", "STATUS") == 0
