"""Uploads from end to end: what the account's own address is for, and what becomes of a reference."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.folders.hints import TOPIC, read_hints
from postroom.mail.composing.draft import Correspondent, Draft
from postroom.mail.ids import message_id
from postroom.mailboxes.failures import InvalidId, ReferenceNotFound
from postroom.mailboxes.uploading.service import Uploads
from postroom.mailboxes.uploading.upload import ReferredTo, StoredMessage, Upload, Uploaded
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer, answer

ORIGINAL = b"From: ann@example.com\r\nTo: bob@example.com\r\nSubject: Offer\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n"


def written(own: Correspondent) -> Draft:
    return Draft(own, text="Hi")


async def add(visits: MailVisits, upload: Upload) -> Uploaded:
    uploads = Uploads(visits, clock=lambda: 0, random=lambda: "r7")
    return await uploads.add("a", upload, TimeAllowed.after(10.0))


async def test_the_sender_is_the_account_unless_the_draft_says_otherwise(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    done = await add(visits, Upload("Drafts", draft=written))
    content = mail.mailbox("u1", "Drafts").messages[0].content
    own = (await visits.borrowing.accounts.get("a")).row
    assert f"<{own.email}>".encode() in content
    assert b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n" in content
    assert done.message_id == f"<r7@{own.email.rpartition('@')[2] if '@' in own.email else 'localhost'}>"
    assert (done.stored.path, done.stored.uid, done.referred) == ("Drafts", 1, None)


async def test_the_sync_is_told_to_look_at_the_folder(visits: MailVisits, mail: FakeImapServer) -> None:
    waiter = visits.db.wakeups.subscribe(TOPIC)
    await add(visits, Upload("\\Sent", raw=ORIGINAL))
    assert read_hints(await waiter.wait(10.0)) == [("a", "Sent")]


async def test_a_whole_message_is_added_as_it_is(visits: MailVisits, mail: FakeImapServer) -> None:
    done = await add(visits, Upload("Sent", raw=ORIGINAL))
    assert (done.message_id, mail.mailbox("u1", "Sent").messages[0].content) == ("<1@x>", ORIGINAL)


async def test_a_server_that_tells_no_uid_is_searched(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", ORIGINAL, "Sent")
    mail.behave(answer("APPEND", tagged="OK Stored"))
    found = await add(visits, Upload("Sent", raw=ORIGINAL))
    assert (found.stored.uid, found.stored.id is not None) == (1, True)
    lost = await add(visits, Upload("Sent", raw=b"Message-ID: <other@x>\r\n\r\n"))
    assert lost == Uploaded(StoredMessage("Sent"), "<other@x>")


async def test_a_reply_takes_what_it_needs_from_the_original(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", ORIGINAL)
    async with visits.folder("a", "INBOX", TimeAllowed.after(10.0)) as folder:
        id_ = message_id(folder.number, 1)
    reference = ReferredTo(id_, "reply-all", inline=True)
    done = await add(visits, Upload("Drafts", draft=written, reference=reference))
    assert done.referred is not None
    assert (done.referred.message, done.referred.problem) == (id_, None)
    content = mail.mailbox("u1", "Drafts").messages[0].content
    for line in (b"Subject: Re: Offer", b"To: ann@example.com, bob@example.com", b"In-Reply-To: <1@x>", b"> Hello"):
        assert line + b"\r\n" in content


async def test_a_missing_original_is_an_error_unless_the_caller_goes_on(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    async with visits.folder("a", "INBOX", TimeAllowed.after(10.0)) as folder:
        number = folder.number
    for gone in (message_id(number, 99), message_id(number + 5, 1)):
        upload = Upload("Drafts", draft=written, reference=ReferredTo(gone, "forward"))
        with pytest.raises(ReferenceNotFound):
            await add(visits, upload)
        assert mail.mailbox("u1", "Drafts").messages == []
    reference = ReferredTo(message_id(number, 99), "forward", ignore_missing=True)
    done = await add(visits, Upload("Drafts", draft=written, reference=reference))
    assert done.referred is not None
    assert done.referred.problem is not None
    assert len(mail.mailbox("u1", "Drafts").messages) == 1
    with pytest.raises(InvalidId):
        await add(visits, Upload("Drafts", draft=written, reference=replace(reference, message="no id")))


async def test_an_account_that_is_not_there(visits: MailVisits) -> None:
    with pytest.raises(AccountNotFound):
        await partial(Uploads(visits).add, "nobody")(Upload("Sent", raw=ORIGINAL), TimeAllowed.after(5.0))
