"""APPEND: into which folder, what a refusal becomes, and what is known of the message afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from postroom.mail.ids import read_message_id
from postroom.mailboxes.failures import FolderNotFound, TimedOut, UploadFailed
from postroom.mailboxes.uploading.storing import store
from postroom.mailboxes.uploading.upload import StoredMessage, Upload
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer, drop_during, never_answer

ID = "<7@x>"
MAIL = b"Message-ID: <7@x>\r\nSubject: x\r\n\r\nh\xc3\xa4\r\n"
OTHER = b"Message-ID: <8@x>\r\n\r\nother\r\n"


def soon() -> TimeAllowed:
    return TimeAllowed.after(10.0)


async def sent(visits: MailVisits, allowed: TimeAllowed | None = None, message: bytes = MAIL) -> StoredMessage:
    return await store(visits, "a", Upload("Sent"), message, ID, allowed or soon())


@contextmanager
def silent_server(mail: FakeImapServer, before: int = 0, after: int = 0) -> Iterator[None]:
    """A server that does not tell the UID of what it stores; others add messages just before and just after it."""

    async def append(session: Session, command: Command) -> None:
        for content in (OTHER,) * before + (MAIL,) + (OTHER,) * after:
            mail.append("u1", content, command.text(0))
        await session.tagged(command, "OK", "Stored")

    mail.behave_now(Behaviour(on_command={"APPEND": append}))
    yield
    mail.behave_now()


async def test_a_message_is_stored_and_has_its_id(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", OTHER, "Drafts")
    mail.append("u1", OTHER, "Drafts")
    mail.expunge("u1", 1, "Drafts")
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    upload = Upload("\\Drafts", flags=("\\Seen",), internal_date=moment)
    stored = await store(visits, "a", upload, MAIL, ID, soon())
    kept = mail.mailbox("u1", "Drafts")
    assert stored == StoredMessage("Drafts", 3, kept.uid_validity, stored.id, 2)
    assert (kept.messages[1].content, kept.messages[1].flags) == (MAIL, {"\\Seen"})
    assert stored.id is not None
    async with visits.message("a", stored.id, soon()) as at:
        assert (at.folder.path, at.uid) == ("Drafts", read_message_id(stored.id).uid)


async def test_the_number_is_left_out_when_another_message_follows(visits: MailVisits, mail: FakeImapServer) -> None:
    async def append(session: Session, command: Command) -> None:
        await session.answer_normally(command)
        mail.append("u1", OTHER, "Sent")

    mail.behave(Behaviour(on_command={"APPEND": append}))
    stored = await sent(visits)
    assert (stored.uid, stored.seq) == (1, None)


async def test_a_message_without_a_told_uid_is_found_by_its_id(visits: MailVisits, mail: FakeImapServer) -> None:
    for before, after, found in ((0, 0, (1, 1)), (2, 0, (4, 4)), (1, 1, (6, None))):
        with silent_server(mail, before, after):
            stored = await sent(visits)
        assert (stored.uid, stored.seq) == found
        assert (stored.uidvalidity, stored.id is not None) == (mail.mailbox("u1", "Sent").uid_validity, True)
    with silent_server(mail):
        assert await store(visits, "a", Upload("Sent"), MAIL, "<none@x>", soon()) == StoredMessage("Sent")


@pytest.mark.parametrize(
    "fault",
    [
        *(answer(command, tagged="NO Not now") for command in ("EXAMINE", "UID SEARCH")),
        *(drop_during(command, abruptly=True) for command in ("EXAMINE", "UID SEARCH")),
    ],
)
async def test_a_look_that_fails_takes_nothing_back(visits: MailVisits, mail: FakeImapServer, fault: Behaviour) -> None:
    mail.behave(answer("APPEND", tagged="OK Stored") | fault)
    assert await sent(visits) == StoredMessage("Sent")


async def test_a_look_that_takes_too_long_takes_nothing_back(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(never_answer("EXAMINE"))
    stored = await sent(visits, TimeAllowed.after(1.5))
    assert (stored.uid, stored.id is not None, stored.seq) == (1, True, None)


async def test_a_folder_that_is_not_there_is_not_found(visits: MailVisits) -> None:
    for path in ("Nowhere", "\\Archive"):
        with pytest.raises(FolderNotFound):
            await store(visits, "a", Upload(path), MAIL, ID, soon())


@pytest.mark.parametrize("said", ["NO Mailbox does not exist", "NO [CANNOT] Invalid mailbox name"])
async def test_a_server_that_does_not_say_that_the_folder_is_missing(
    visits: MailVisits, mail: FakeImapServer, said: str
) -> None:
    mail.behave(answer("APPEND", tagged=said))
    with pytest.raises(FolderNotFound):
        await store(visits, "a", Upload("Nowhere"), MAIL, ID, soon())
    with pytest.raises(UploadFailed):
        await store(visits, "a", Upload("Sent"), MAIL, ID, soon())


async def test_a_folder_with_an_irregular_name_takes_messages(visits: MailVisits, mail: FakeImapServer) -> None:
    kept = mail.mailbox("u1", "Entwürfe")
    stored = await store(visits, "a", Upload("Entwürfe"), MAIL, ID, soon())
    assert (stored.path, stored.seq, len(kept.messages)) == ("Entwürfe", 1, 1)


@pytest.mark.parametrize("refusal", ["[OVERQUOTA] The mailbox is full", "[LIMIT] Too often", "[TOOBIG] Too big", "No"])
async def test_a_refusal_quotes_the_server(visits: MailVisits, mail: FakeImapServer, refusal: str) -> None:
    mail.behave(answer("APPEND", tagged=f"NO {refusal}"))
    with pytest.raises(UploadFailed) as caught:
        await sent(visits)
    assert (caught.value.code, caught.value.said) == ("UploadFail", refusal.rpartition("] ")[2])


BARE = ("IMAP4rev1", "SASL-IR", "AUTH=PLAIN", "UNSELECT")


async def test_servers_without_literal_plus_take_messages(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities = mail.world.capabilities_after_login = BARE
    stored = await sent(visits)
    assert (mail.mailbox("u1", "Sent").messages[0].content, stored.seq) == (MAIL, 1)


async def test_a_refusal_before_the_content_is_sent(visits: MailVisits, mail: FakeImapServer) -> None:
    async def refuse(session: Session, begun: bytes) -> bool:
        if b" APPEND " not in begun:
            return True
        await session.line(f"{begun.split()[0].decode()} NO [TOOBIG] At most 10 octets")
        return False

    mail.world.capabilities = mail.world.capabilities_after_login = BARE
    mail.behave(Behaviour(on_literal=refuse))
    with pytest.raises(UploadFailed, match="At most 10 octets"):
        await sent(visits)
    # The session is as good as before.
    mail.behave_now()
    assert (await sent(visits)).uid == 1
    assert mail.statistics.count("connect") == 1


@pytest.mark.parametrize("capabilities", [BARE, (*BARE, "LITERAL+")])
async def test_a_session_that_ends_within_the_content(
    visits: MailVisits, mail: FakeImapServer, capabilities: tuple[str, ...]
) -> None:
    async def leave(session: Session, begun: bytes) -> bool:
        if b" APPEND " in begun:
            session.abort()
        return True

    mail.world.capabilities = mail.world.capabilities_after_login = capabilities
    mail.behave(Behaviour(on_literal=leave))
    with pytest.raises(SessionFailed):
        await sent(visits)


async def test_a_server_that_never_answers(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(never_answer("APPEND"))
    with pytest.raises(TimedOut, match="APPEND"):
        await sent(visits, TimeAllowed.after(0.7))


async def test_a_limit_that_the_server_announced_is_known_before(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities_after_login += ("APPENDLIMIT=100", "APPENDLIMIT")
    assert (await sent(visits, message=MAIL.ljust(100, b"."))).uid == 1
    with pytest.raises(UploadFailed, match="at most 100 octets, and this one has 101") as caught:
        await sent(visits, message=MAIL.ljust(101, b"."))
    assert caught.value.said == "APPENDLIMIT=100"
    assert mail.statistics.count("command", "APPEND") == 1
