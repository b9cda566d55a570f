"""The messages of a page of several folders; folders that fail are told."""

from __future__ import annotations

from postroom.mailboxes.lists.wanted import WantedMembers
from postroom.mailboxes.searching.all_folders.everywhere import search_all
from postroom.mailboxes.searching.all_folders.shown import fetch_rows
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer


async def test_messages_and_folders_that_are_gone(visits: MailVisits, mail: FakeImapServer) -> None:
    for subject, folder in ((b"one", "INBOX"), (b"two", "INBOX"), (b"three", "Sent"), (b"four", "Drafts")):
        mail.append("u1", b"Subject: %s\r\n\r\n" % subject, folder)
    found = await search_all(visits, "a", Terms(), TimeAllowed.after(10))
    mail.expunge("u1", 1)
    mail.mailbox("u1", "Sent").uid_validity += 1
    async with visits.session("a", TimeAllowed.after(10)) as visit:
        shown = await fetch_rows(
            visits, visit, found.folders, list(found.rows), WantedMembers(frozenset({"subject", "path"}))
        )
    assert [each["subject"] for each in shown.messages] == ["two", "four"]
    assert [path for path, _ in shown.failed] == ["Sent"]
