"""What follows a sent message, at a real Dovecot."""

from __future__ import annotations

import imaplib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.pool import Pool
from postroom.storage.database import Database
from postroom.storage.tables import accounts
from postroom.submission.afterwards.model import CopyStored, FoundInSentMail, Postponed
from postroom.submission.model import TaskKind
from postroom.submission.plan import RepliesTo, SendingPlan
from tests.live.dovecot import Dovecot
from tests.sessions.conftest import sessions_of
from tests.submission.afterwards.conftest import FollowedHouse, letter, tried
from tests.supervisor.conftest import BOX, imap_body

COPY, MARK, DRAFT, FIND = TaskKind.COPY, TaskKind.MARK, TaskKind.DRAFT, TaskKind.FIND
ORIGINAL = b"Message-ID: <old@x>\r\nSubject: old\r\n\r\nold\r\n"
_users = itertools.count(1)


@dataclass
class DovecotHouse:
    """The rows of the account `a`, and its mailbox, looked at from behind."""

    rows: FollowedHouse
    server: Dovecot
    user: str

    def add(self, folder: str, flags: str, content: bytes) -> None:
        """Add a message."""
        with self.server.side_door(self.user) as session:
            session.append(folder, flags, "", content)

    def contents(self, folder: str) -> list[tuple[bytes, set[bytes]]]:
        r"""The messages of a folder with their flags, without `\Recent`."""
        with self.server.side_door(self.user) as session:
            session.select(folder, readonly=True)
            _, told = session.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")
        pairs = [each for each in told if isinstance(each, tuple)]
        return [(content, set(imaplib.ParseFlags(head)) - {b"\\Recent"}) for head, content in pairs]


@pytest.fixture
async def house(db: Database, dovecot: Dovecot) -> AsyncIterator[DovecotHouse]:
    """An account with one message in its INBOX and a draft."""
    user = f"after{next(_users)}"
    dovecot.deliver(user, ORIGINAL)
    own = Accounts(db, BOX)
    await own.register("a", imap_body(dovecot.port, user=user, password=dovecot.password))
    await db.write(lambda conn: conn.execute(sa.update(accounts).values(state="connected")) and None)
    visits = MailVisits(Borrowing(own, Pool(sessions_of())))
    made = DovecotHouse(FollowedHouse(visits), dovecot, user)
    made.add("Drafts", "(\\Draft)", letter(1))
    yield made
    await visits.borrowing.pool.close()


async def test_there_is_one_copy_a_mark_and_no_draft(house: DovecotHouse) -> None:
    rows = house.rows
    answers = RepliesTo(await rows.id_in("INBOX"), "reply")
    plan = SendingPlan(answers=answers, draft=await rows.id_in("Drafts"))
    id_ = await rows.message(COPY, MARK, DRAFT, plan=plan)
    assert await tried(rows, id_) == CopyStored("Sent")
    # The process died before it could say so.
    await rows.make_due()
    await rows.until_done()
    assert house.contents("Sent") == [(letter(1), {b"\\Seen"})]
    assert house.contents("INBOX") == [(ORIGINAL, {b"\\Answered"})]
    assert house.contents("Drafts") == []
    assert house.contents("Trash") == []
    assert (await rows.row(id_)).copied == "stored"


async def test_a_forwarded_message_is_marked_so(house: DovecotHouse) -> None:
    answers = RepliesTo(await house.rows.id_in("INBOX"), "forward")
    await house.rows.message(MARK, plan=SendingPlan(answers=answers))
    await house.rows.until_done()
    assert house.contents("INBOX") == [(ORIGINAL, {b"$Forwarded"})]


async def test_a_draft_without_a_copy_goes_to_the_deleted_mail(house: DovecotHouse) -> None:
    await house.rows.message(DRAFT, plan=SendingPlan(draft=await house.rows.id_in("Drafts")))
    await house.rows.until_done()
    assert house.contents("Drafts") == []
    assert [content for content, _ in house.contents("Trash")] == [letter(1)]


async def test_an_unknown_message_is_found_when_it_is_there(house: DovecotHouse) -> None:
    id_ = await house.rows.message(FIND, state="unknown")
    assert isinstance(await tried(house.rows, id_), Postponed)
    house.add("Sent", "(\\Seen)", letter(1))
    await house.rows.make_due()
    assert await tried(house.rows, id_) == FoundInSentMail(await house.rows.id_in("Sent"))
    await house.rows.make_due()
    await house.rows.until_done()
    assert (await house.rows.row(id_)).state == "sent"
