"""Every message that is there is told, or the fetch fails."""

from __future__ import annotations

import pytest

from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.lists.fetching import fetch_numbered, fetch_uids
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer, answer

ITEMS = ("UID", "FLAGS")


def three(mail: FakeImapServer) -> None:
    for number in range(3):
        mail.append("u1", b"Subject: %d\r\n\r\n" % number)


async def test_messages_are_fetched_by_number(visits: MailVisits, mail: FakeImapServer) -> None:
    three(mail)
    async with visits.folder("a", "INBOX", TimeAllowed.after(10)) as folder:
        told = await fetch_numbered(folder, 2, 3, ITEMS)
    assert told is not None
    assert [data.uid for data in told] == [2, 3]


async def test_a_missing_number_is_noticed(visits: MailVisits, mail: FakeImapServer) -> None:
    three(mail)
    mail.behave(answer("FETCH", "* 2 FETCH (UID 2 FLAGS ())"))
    async with visits.folder("a", "INBOX", TimeAllowed.after(10)) as folder:
        assert await fetch_numbered(folder, 2, 3, ITEMS) is None


async def test_numbers_that_contradict_uids_are_an_error(visits: MailVisits, mail: FakeImapServer) -> None:
    three(mail)
    mail.behave(answer("FETCH", "* 2 FETCH (UID 3 FLAGS ())", "* 3 FETCH (UID 2 FLAGS ())"))
    async with visits.folder("a", "INBOX", TimeAllowed.after(10)) as folder:
        with pytest.raises(IncompleteAnswer):
            await fetch_numbered(folder, 2, 3, ITEMS)


async def test_a_message_that_is_gone_is_left_out(visits: MailVisits, mail: FakeImapServer) -> None:
    three(mail)
    async with visits.folder("a", "INBOX", TimeAllowed.after(10)) as folder:
        assert set(await fetch_uids(folder, (1, 2, 9), ITEMS)) == {1, 2}


async def test_a_message_that_is_there_and_not_told_is_an_error(visits: MailVisits, mail: FakeImapServer) -> None:
    three(mail)
    mail.behave(answer("UID FETCH", "* 1 FETCH (UID 1 FLAGS ())"))
    async with visits.folder("a", "INBOX", TimeAllowed.after(10)) as folder:
        with pytest.raises(IncompleteAnswer):
            await fetch_uids(folder, (1, 2), ITEMS)
    assert mail.statistics.count("command", "UID FETCH") == 2
