"""Attachments are decided by the structure of a bounded number of messages, and the rest is told."""

from __future__ import annotations

import pytest

from postroom.mailboxes.searching import finding
from postroom.mailboxes.searching.finding import find_in
from postroom.mailboxes.searching.program import search_program
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer


async def test_what_was_not_examined_is_told(
    visits: MailVisits, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_DECIDED", 2)
    for number in range(3):
        mail.append("u1", b"Subject: %d\r\n\r\nx" % number)
    async with visits.folder("a", "INBOX", TimeAllowed.after(10)) as folder:
        found = await find_in(folder, search_program(Terms(has_attachment=False), folder.capabilities))
        assert (found.uids, found.gap) == ([2, 3], "Only the newest 2 of 3 messages were examined for attachments")
        everything = await find_in(folder, search_program(Terms(), folder.capabilities))
    assert (list(everything.uids), everything.gap) == ([1, 2, 3], None)
