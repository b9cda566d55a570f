"""Which messages of a folder count as copies of a message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from postroom.mailboxes.failures import ServerRefused
from postroom.mailboxes.sent_mail.copies import SearchedIds, find_copies
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer

NOW = datetime.now(UTC)


def mail_with(message_id: str) -> bytes:
    return f"Message-ID: {message_id}\r\nSubject: x\r\n\r\nx\r\n".encode()


async def found(visits: MailVisits, *ids: str, after: datetime = NOW) -> list[int]:
    async with visits.folder("a", "Sent", TimeAllowed.after(10.0)) as folder:
        return [each.uid for each in await find_copies(folder, SearchedIds(ids, after))]


async def test_an_empty_folder_is_not_searched(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("UID SEARCH", tagged="NO Not now"))
    assert await found(visits, "<1@x>") == []


async def test_messages_with_one_of_the_ids_are_found_the_newest_first(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    for each in ("<1@x>", "<2@x>", "<3@x>", "<1@x>"):
        mail.append("u1", mail_with(each), "Sent")
    assert await found(visits, "<1@x>") == [4, 1]
    assert await found(visits, "<3@x>", "<2@x>") == [3, 2]
    assert await found(visits, "<4@x>") == []


async def test_a_draft_is_no_copy(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", mail_with("<1@x>"), "Sent", {"\\Draft"})
    assert await found(visits, "<1@x>") == []


async def test_older_messages_do_not_count(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.mailbox("u1", "Sent").append(mail_with("<1@x>"), received=NOW - timedelta(days=4))
    assert await found(visits, "<1@x>") == []
    assert await found(visits, "<1@x>", after=NOW - timedelta(days=3)) == [1]


async def test_what_the_server_finds_is_read_again(visits: MailVisits, mail: FakeImapServer) -> None:
    async def search(session: Session, command: Command) -> None:
        await session.line("* SEARCH 1 2")
        await session.tagged(command)

    mail.append("u1", mail_with("<11@x>"), "Sent")
    mail.append("u1", mail_with("<1@x>"), "Sent")
    mail.behave(Behaviour(on_command={"UID SEARCH": search}))
    assert await found(visits, "<1@x>") == [2]


async def test_when_the_server_received_a_copy_is_told(visits: MailVisits, mail: FakeImapServer) -> None:
    kept = mail.append("u1", mail_with("<1@x>"), "Sent")
    async with visits.folder("a", "Sent", TimeAllowed.after(10.0)) as folder:
        (copy,) = await find_copies(folder, SearchedIds(("<1@x>",), NOW))
    assert copy.received == kept.received.replace(microsecond=0)


async def test_the_server_is_asked_for_ascii_alone(visits: MailVisits, mail: FakeImapServer) -> None:
    asked: list[str] = []

    async def search(session: Session, command: Command) -> None:
        asked.extend(map(str, command.arguments))
        await session.answer_normally(command)

    mail.append("u1", mail_with("<1@x>"), "Sent")
    mail.behave(Behaviour(on_command={"UID SEARCH": search}))
    await found(visits, "<grün@x>")
    assert asked[-3:] == ["HEADER", "Message-ID", "n@x>"]


async def test_a_refused_search_says_so(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", mail_with("<1@x>"), "Sent")
    mail.behave(answer("UID SEARCH", tagged="NO Not now"))
    with pytest.raises(ServerRefused, match="Not now"):
        await found(visits, "<1@x>")
