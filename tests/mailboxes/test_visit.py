"""A visit: commands in one folder, one message, and what a lost session or a missing answer means."""

from __future__ import annotations

import pytest

from postroom.imap.commands.select import Select
from postroom.imap.commands.session import Noop
from postroom.mailboxes.failures import IncompleteAnswer, MessageNotFound
from postroom.mailboxes.visit import AtMessage, TimeAllowed, fetch_one
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed
from tests.fakes.imap_server import FakeImapServer, answer, drop_during


def soon() -> TimeAllowed:
    return TimeAllowed.after(10.0)


async def test_a_command_is_not_sent_into_another_folder(visits: MailVisits, mail: FakeImapServer) -> None:
    async with visits.folder("a", "Sent", soon()) as folder:
        await folder.client.run(Select("INBOX"))
        with pytest.raises(SessionFailed):
            await folder.run(Noop())


async def test_a_session_lost_during_a_command_is_a_failure_with_its_code(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    mail.behave(drop_during("NOOP"))
    async with visits.folder("a", "Sent", soon()) as folder:
        with pytest.raises(SessionFailed) as caught:
            await folder.run(Noop())
    assert caught.value.stage == "connection"


async def test_one_message_is_fetched(visits: MailVisits, mail: FakeImapServer) -> None:
    message = mail.append("u1", b"Subject: hello\r\n\r\nhello")
    async with visits.folder("a", "INBOX", soon()) as folder:
        data = await fetch_one(AtMessage(folder, message.uid), ("UID", "FLAGS"))
        assert data.uid == message.uid
        with pytest.raises(MessageNotFound):
            await fetch_one(AtMessage(folder, message.uid + 1), ("UID", "FLAGS"))


async def test_a_message_that_is_there_and_not_told_is_an_error(visits: MailVisits, mail: FakeImapServer) -> None:
    message = mail.append("u1", b"Subject: hello\r\n\r\nhello")
    mail.behave(answer("UID FETCH"))
    async with visits.folder("a", "INBOX", soon()) as folder:
        with pytest.raises(IncompleteAnswer):
            await fetch_one(AtMessage(folder, message.uid), ("UID", "FLAGS"))
