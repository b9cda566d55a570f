"""The structures of messages say which have attachments, a few messages at a time."""

from __future__ import annotations

import pytest

from postroom.mailboxes.searching import structures
from postroom.mailboxes.searching.structures import attachments_of
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer
from tests.mailboxes.changing.test_finding import MIXED, TEXT, with_structures


async def test_messages_with_and_without_attachments_and_one_that_is_not_told(
    visits: MailVisits, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structures, "_AT_ONCE", 2)
    for number in range(3):
        mail.append("u1", b"Subject: %d\r\n\r\nx" % number)
    mail.behave(with_structures(MIXED, TEXT, "NIL"))
    async with visits.folder("a", "INBOX", TimeAllowed.after(10)) as folder:
        # A message that is gone is left out.
        assert [each async for each in attachments_of(folder, [1, 2, 3, 9])] == [(1, True), (2, False), (3, None)]
    assert mail.statistics.count("command", "UID FETCH") >= 2
