"""The message that a new one answers or forwards, as it is fetched: no more than is needed, and nothing left out."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest

from postroom.accounts.service import Accounts
from postroom.mail.composing.draft import Correspondent, Enclosure
from postroom.mail.composing.originals import ReadOriginal
from postroom.mailboxes.failures import IncompleteAnswer, MessageNotFound, ReferenceTooLarge
from postroom.mailboxes.uploading import parts
from postroom.mailboxes.uploading.original import fetch_original
from postroom.mailboxes.uploading.upload import ReferredTo
from postroom.mailboxes.visit import AtMessage, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.pool import Pool
from postroom.storage.database import Database
from postroom.storage.tables import accounts as table
from tests.fakes.imap_server import FakeImapServer, answer
from tests.live.dovecot import Dovecot
from tests.sessions.conftest import sessions_of
from tests.supervisor.conftest import BOX, imap_body

_users = itertools.count(1)

MAIL = (
    b"From: Ann <ann@example.com>\r\nTo: me@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Message-ID: <2@x>\r\nReferences: <0@x>\r\n <1@x>\r\nDate: Fri, 2 Jan 2026 03:04:05 +0000\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello \xc3\xa4\r\n"
    b'--b\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
    b'Content-Disposition: attachment; filename="a.pdf"\r\n\r\ncGFwZXI=\r\n--b--\r\n'
)


async def found(visits: MailVisits, uid: int = 1, *, inline: bool = False, files: bool = False) -> ReadOriginal:
    reference = ReferredTo("id", "reply", inline=inline, with_attachments=files)
    async with visits.folder("a", "INBOX", TimeAllowed.after(10.0)) as folder:
        return await fetch_original(AtMessage(folder, uid), reference)


async def test_a_reply_needs_the_header_alone(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", MAIL)
    got = (await found(visits)).original
    assert (got.message_id, got.references, got.subject) == ("<2@x>", ("<0@x>", "<1@x>"), "Grüße")
    assert (got.sender, got.to) == ((Correspondent("ann@example.com", "Ann"),), (Correspondent("me@example.com"),))
    assert (got.text, got.html) == (None, None)
    assert mail.statistics.count("command", "UID FETCH") == 1


@pytest.fixture
async def at_dovecot(db: Database, dovecot: Dovecot) -> AsyncIterator[MailVisits]:
    """Visits to the account `a`, with one message in the INBOX of a real Dovecot."""
    user = f"original{next(_users)}"
    dovecot.deliver(user, MAIL)
    accounts, body = Accounts(db, BOX), imap_body(dovecot.port)
    await accounts.register("a", {**body, "imap": {**body["imap"], "auth": {"user": user, "pass": "pass"}}})
    await db.write(lambda conn: conn.execute(table.update().values(state="connected")))
    made = MailVisits(Borrowing(accounts, Pool(sessions_of())))
    yield made
    await made.borrowing.pool.close()


async def test_texts_and_attachments_come_when_they_are_wanted(at_dovecot: MailVisits) -> None:
    visits = at_dovecot
    got = await found(visits, inline=True, files=True)
    assert got.original.text is not None
    assert got.original.text.strip() == "Hello ä"
    assert got.enclosures == (Enclosure(b"paper", "application/pdf", "a.pdf", "attachment", None),)
    assert (await found(visits, inline=True)).enclosures == ()


async def test_a_message_that_is_gone_is_not_found(visits: MailVisits, mail: FakeImapServer) -> None:
    with pytest.raises(MessageNotFound):
        await found(visits, 7)


async def test_more_than_a_message_may_carry_is_refused(
    at_dovecot: MailVisits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MOST_TAKEN", 5)
    with pytest.raises(ReferenceTooLarge, match="5 octets"):
        await found(at_dovecot, files=True)


async def test_an_answer_with_a_part_left_out_is_no_empty_part(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", MAIL)
    mail.behave(answer("UID FETCH", "* 1 FETCH (UID 1 ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))"))
    with pytest.raises(IncompleteAnswer, match="structure"):
        await found(visits, files=True)
    assert (await found(visits)).original.message_id is None
