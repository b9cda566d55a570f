"""A stored draft becomes a submission: which messages may, and with which octets."""

from __future__ import annotations

import pytest

from postroom.mail.ids import message_id, read_message_id
from postroom.mailboxes.account_row import account_row
from postroom.mailboxes.failures import IncompleteAnswer, MessageNotFound
from postroom.mailboxes.uploading.writing import Writing
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.submission.accepting import stored_drafts
from postroom.submission.accepting.problems import InvalidSubmission
from postroom.submission.accepting.stored_drafts import DraftHasNoRecipients, MessageNotDraft, StoredDrafts
from postroom.submission.accepting.submission import GivenEnvelope, Submission
from postroom.submission.accepting.writing import write
from postroom.sync import store
from postroom.sync.store import FolderListed
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session
from tests.mailboxes.conftest import mail, visits

__all__ = ["mail", "visits"]

NOW = 1_767_323_045_000
DRAFT = b"From: me@x\r\nTo: a@x\r\nDate: old\r\nBcc: b@x\r\nX-Odd:  kept \r\nMessage-ID: <1@x>\r\n\r\nh\xc3\xa4\r\n"
MIME = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
NOBODY = b"From: me@x\r\nMessage-ID: <1@x>\r\n\r\nx\r\n"


NOTHING = Submission()
DRAFTS: FolderListed = {
    "path": "Drafts",
    "delimiter": "/",
    "attributes": [],
    "special_use": "\\Drafts",
    "object_id": None,
}


async def id_in(visits: MailVisits, path: str, uid: int = 1) -> str:
    """The id of a message. The roles of the folders are known, as after their first list."""
    await visits.db.write(lambda conn: store.insert(conn, account_row(conn, "a").key, [DRAFTS]))
    async with visits.folder("a", path, TimeAllowed.after(10.0)) as folder:
        return message_id(folder.number, uid)


async def fetched(visits: MailVisits, id_: str, asked: Submission = NOTHING) -> Submission:
    return await StoredDrafts(visits, lambda: NOW).submission("a", id_, asked, TimeAllowed.after(10.0))


async def test_a_draft_is_sent_as_it_is_with_the_date_of_now(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", DRAFT, "Drafts")
    id_ = await id_in(visits, "Drafts")
    made = await fetched(visits, id_, Submission(copy=False, sent_folder="Out"))
    expected = DRAFT.replace(b"Date: old", b"Date: Fri, 02 Jan 2026 03:04:05 +0000")
    assert made == Submission(raw=expected, copy=False, sent_folder="Out", stored_draft=id_)
    assert not mail.mailbox("u1", "Drafts").messages[0].flags


async def test_a_draft_that_is_sent_later_has_that_date(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", DRAFT, "Drafts")
    made = await fetched(visits, await id_in(visits, "Drafts"), Submission(send_at=NOW + 3_600_000))
    assert b"Date: Fri, 02 Jan 2026 04:04:05 +0000" in (made.raw or b"")


async def test_a_draft_may_be_in_another_folder_if_it_has_the_flag(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", DRAFT, "INBOX", {"\\Draft"})
    mail.append("u1", DRAFT, "INBOX", {"\\Seen"})
    id_ = await id_in(visits, "INBOX")
    assert (await fetched(visits, id_)).raw is not None
    with pytest.raises(MessageNotDraft):
        await fetched(visits, message_id(read_message_id(id_).number, 2))


async def test_a_draft_for_nobody_needs_an_envelope(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", NOBODY, "Drafts")
    id_ = await id_in(visits, "Drafts")
    with pytest.raises(DraftHasNoRecipients):
        await fetched(visits, id_)
    made = await fetched(visits, id_, Submission(envelope=GivenEnvelope(recipients=("c@x",))))
    assert (made.raw or b"").endswith(b"\r\n" + NOBODY)


@pytest.mark.parametrize("name", ["To", "Cc", "Bcc"])
async def test_one_recipient_in_any_field_is_enough(visits: MailVisits, mail: FakeImapServer, name: str) -> None:
    mail.append("u1", f"{name}: a@x\r\n".encode() + NOBODY, "Drafts")
    assert (await fetched(visits, await id_in(visits, "Drafts"))).raw is not None


async def test_a_draft_that_is_not_there_is_not_found(visits: MailVisits) -> None:
    with pytest.raises(MessageNotFound):
        await fetched(visits, await id_in(visits, "Drafts", 7))


async def test_a_draft_that_is_too_large_is_not_fetched(
    visits: MailVisits, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_drafts, "MOST_OCTETS", 10)
    mail.append("u1", DRAFT, "Drafts")
    with pytest.raises(InvalidSubmission, match="and at most 10 can be sent"):
        await fetched(visits, await id_in(visits, "Drafts"))


async def test_a_server_that_leaves_out_the_content(visits: MailVisits, mail: FakeImapServer) -> None:
    async def fetch(session: Session, command: Command) -> None:
        if "BODY" in str(command.arguments):
            await session.line("* 1 FETCH (UID 1 BODY[] NIL)")
            await session.tagged(command)
        else:
            await session.answer_normally(command)

    mail.append("u1", DRAFT, "Drafts")
    mail.behave(Behaviour(on_command={"UID FETCH": fetch}))
    with pytest.raises(IncompleteAnswer):
        await fetched(visits, await id_in(visits, "Drafts"))


async def test_the_written_message_differs_in_date_bcc_and_control_fields(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    mail.append("u1", b"X-EE-Delivery-Attempts: 3\r\n" + MIME + DRAFT, "Drafts")
    id_ = await id_in(visits, "Drafts")
    written = await write(Writing(visits), "a", await fetched(visits, id_), TimeAllowed.after(10.0))
    expected = MIME + DRAFT.replace(b"Date: old", b"Date: Fri, 02 Jan 2026 03:04:05 +0000").replace(
        b"Bcc: b@x\r\n", b""
    )
    assert written.octets == expected
    assert (written.sender, written.recipients, written.message_id) == ("me@x", ("a@x", "b@x"), "<1@x>")
    assert (written.most_attempts, written.plan.draft) == (3, id_)
