"""APPEND: into which folder, what a refusal becomes, and how the UID is found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postroom.mail.ids import read_message_id
from postroom.mailboxes.failures import FolderNotFound, UploadFailed
from postroom.mailboxes.uploading.storing import find_stored, store
from postroom.mailboxes.uploading.upload import Upload
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import Behaviour as Behaved
from tests.fakes.imap_server import Command, FakeImapServer, Session, answer

MAIL = b"Message-ID: <7@x>\r\nSubject: x\r\n\r\nh\xc3\xa4\r\n"


def soon() -> TimeAllowed:
    return TimeAllowed.after(10.0)


async def test_a_message_is_stored_and_has_its_id(visits: MailVisits, mail: FakeImapServer) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    place, stored = await store(visits, "a", Upload("\\Drafts", flags=("\\Seen",), internal_date=moment), MAIL, soon())
    kept = mail.mailbox("u1", "Drafts")
    assert place.path == "Drafts"
    assert stored is not None
    assert (stored.uid, stored.uidvalidity) == (1, kept.uid_validity)
    assert (kept.messages[0].content, kept.messages[0].flags) == (MAIL, {"\\Seen"})
    async with visits.message("a", stored.id, soon()) as at:
        assert (at.folder.path, at.uid) == ("Drafts", read_message_id(stored.id).uid)


async def test_a_message_without_a_told_uid_is_found_by_its_id(visits: MailVisits, mail: FakeImapServer) -> None:
    async def append(session: Session, command: Command) -> None:
        for _ in range(2):
            mail.append("u1", MAIL, command.text(0))
        await session.tagged(command, "OK", "Stored")

    mail.behave(Behaved(on_command={"APPEND": append}))
    place, stored = await store(visits, "a", Upload("Sent"), MAIL, soon())
    assert (place.appended, stored) == (None, None)
    found = await find_stored(visits, "a", "Sent", "<7@x>", soon())
    assert found is not None
    assert (found.uid, found.uidvalidity) == (2, mail.mailbox("u1", "Sent").uid_validity)
    assert await find_stored(visits, "a", "Sent", "<8@x>", soon()) is None


async def test_a_search_that_fails_takes_nothing_back(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("UID SEARCH", tagged="NO Not now"))
    assert await find_stored(visits, "a", "Sent", "<7@x>", soon()) is None
    assert await find_stored(visits, "a", "Nowhere", "<7@x>", soon()) is None


async def test_a_folder_that_is_not_there_is_not_found(visits: MailVisits) -> None:
    for path in ("Nowhere", "\\Archive"):
        with pytest.raises(FolderNotFound):
            await store(visits, "a", Upload(path), MAIL, soon())


async def test_a_folder_with_an_irregular_name_takes_messages(visits: MailVisits, mail: FakeImapServer) -> None:
    kept = mail.mailbox("u1", "Entwürfe")
    place, _ = await store(visits, "a", Upload("Entwürfe"), MAIL, soon())
    assert (place.path, len(kept.messages)) == ("Entwürfe", 1)


async def test_a_refusal_quotes_the_server(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("APPEND", tagged="NO [OVERQUOTA] The mailbox is full"))
    with pytest.raises(UploadFailed) as caught:
        await store(visits, "a", Upload("Sent"), MAIL, soon())
    assert (caught.value.code, caught.value.said) == ("UploadFail", "The mailbox is full")
