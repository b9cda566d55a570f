"""The copy in the folder of sent mail: stored once, found again, and looked for where the provider stores it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from postroom.mail.ids import read_message_id
from postroom.mailboxes.failures import FolderNotFound, ServerRefused
from postroom.mailboxes.sent_mail.service import FiledCopy, SentMail, SentMessage
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed
from tests.fakes.imap.gmail import ALL_MAIL, deliver, gmail_folders
from tests.fakes.imap_server import Behaviour, Command, ConnectionOver, FakeImapServer, Session, answer

NOW = datetime.now(UTC).replace(microsecond=0)
MAIL = b"Message-ID: <1@x>\r\nSubject: gr\xc3\xbcn\r\n\r\nh\xc3\xa4\r\n"
SENT = SentMessage(MAIL, ("<1@x>",), NOW)


def soon() -> TimeAllowed:
    return TimeAllowed.after(10.0)


async def filed(visits: MailVisits, path: str = "\\Sent", *, is_repeated: bool = False) -> FiledCopy:
    return await SentMail(visits).file("a", path, SENT, soon(), is_repeated=is_repeated)


async def found(visits: MailVisits, after: datetime = NOW) -> str | None:
    return await SentMail(visits).find("a", ("<1@x>",), after, soon())


async def test_a_copy_is_stored_as_read_and_only_once(visits: MailVisits, mail: FakeImapServer) -> None:
    assert await filed(visits) == FiledCopy("Sent", was_there=False)
    assert await filed(visits) == FiledCopy("Sent", was_there=True)
    (kept,) = mail.mailbox("u1", "Sent").messages
    assert (kept.content, kept.flags) == (MAIL, {"\\Seen"})


async def test_what_the_provider_stored_is_the_copy(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", MAIL, "Sent")
    assert await filed(visits) == FiledCopy("Sent", was_there=True)
    assert len(mail.mailbox("u1", "Sent").messages) == 1


async def test_a_cut_after_the_message_was_stored_makes_no_second_copy(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    async def append(session: Session, command: Command) -> None:
        mail.append("u1", MAIL, command.text(0))
        raise ConnectionOver

    mail.next_connections(Behaviour(on_command={"APPEND": append}))
    with pytest.raises(SessionFailed):
        await filed(visits)
    assert await filed(visits, is_repeated=True) == FiledCopy("Sent", was_there=True)
    assert len(mail.mailbox("u1", "Sent").messages) == 1


async def test_a_server_that_does_not_search_takes_a_first_copy_alone(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: another\r\n\r\n", "Sent")
    mail.behave(answer("UID SEARCH", tagged="NO Not here"))
    with pytest.raises(ServerRefused, match="Not here"):
        await filed(visits, is_repeated=True)
    assert await filed(visits) == FiledCopy("Sent", was_there=False)
    assert len(mail.mailbox("u1", "Sent").messages) == 2


async def test_a_folder_with_an_irregular_name_takes_a_copy(visits: MailVisits, mail: FakeImapServer) -> None:
    kept = mail.mailbox("u1", "Entwürfe")
    assert await filed(visits, "Entwürfe") == FiledCopy("Entwürfe", was_there=False)
    assert len(kept.messages) == 1


async def test_a_refusal_and_a_missing_folder_say_so(visits: MailVisits, mail: FakeImapServer) -> None:
    with pytest.raises(FolderNotFound):
        await filed(visits, "Nowhere")
    mail.behave_now(answer("APPEND", tagged="NO [OVERQUOTA] The mailbox is full"))
    with pytest.raises(ServerRefused, match="The mailbox is full") as caught:
        await filed(visits)
    assert caught.value.code == "OVERQUOTA"


async def test_a_sent_message_is_found_by_its_id(visits: MailVisits, mail: FakeImapServer) -> None:
    assert await found(visits) is None
    mail.append("u1", MAIL, "Sent")
    id_ = await found(visits)
    assert id_ is not None
    assert read_message_id(id_).uid == 1


async def test_a_message_that_was_there_before_is_not_the_one(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.mailbox("u1", "Sent").append(MAIL, received=NOW - timedelta(minutes=5))
    assert await found(visits) is None
    assert await found(visits, NOW - timedelta(minutes=6)) is not None


async def test_at_gmail_all_mail_is_searched_too(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities = mail.world.capabilities_after_login = ("IMAP4rev1", "X-GM-EXT-1", "AUTH=PLAIN")
    folders = gmail_folders(mail.world, "u1")
    assert await found(visits) is None
    deliver(mail.world, "u1", MAIL)
    assert await found(visits) is not None
    folders[ALL_MAIL].messages[0].flags.add("\\Draft")
    assert await found(visits) is None


async def test_elsewhere_the_folder_of_all_mail_proves_nothing(visits: MailVisits, mail: FakeImapServer) -> None:
    folders = gmail_folders(mail.world, "u1")
    deliver(mail.world, "u1", MAIL)
    assert await found(visits) is None
    del folders["[Gmail]/Sent Mail"]
    assert await found(visits) is None


async def test_whether_a_folder_has_a_copy(visits: MailVisits, mail: FakeImapServer) -> None:
    sent_mail = SentMail(visits)
    assert not await sent_mail.has("a", "Sent", ("<1@x>",), NOW, soon())
    assert not await sent_mail.has("a", "Nowhere", ("<1@x>",), NOW, soon())
    mail.append("u1", MAIL, "Sent")
    assert await sent_mail.has("a", "Sent", ("<1@x>",), NOW, soon())
