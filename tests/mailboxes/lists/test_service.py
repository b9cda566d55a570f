"""Pages of a folder, by path or role."""

from __future__ import annotations

from postroom.mailboxes.lists.cursor import Cursor
from postroom.mailboxes.lists.page import PageAsked
from postroom.mailboxes.lists.service import MessageLists
from postroom.mailboxes.lists.wanted import EVERYTHING
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer


async def test_a_page_of_a_folder_with_a_role(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: sent\r\n\r\n", "Sent")
    page = await MessageLists(visits).page("a", "\\sent", PageAsked(Cursor(), 5, EVERYTHING), TimeAllowed.after(10))
    assert [(each["path"], each["subject"]) for each in page.messages] == [("Sent", "sent")]
    empty = await MessageLists(visits).page("a", "Trash", PageAsked(Cursor(), 5, EVERYTHING), TimeAllowed.after(10))
    assert (empty.total, empty.messages, empty.older, empty.newer) == (0, [], None, None)
