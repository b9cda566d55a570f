"""Messages are written, held against the limits, and stored once for each key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from postroom.accounts.service import Accounts
from postroom.mail.composing.draft import Correspondent, Draft
from postroom.mailboxes.uploading.writing import Writing
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.pool import Pool
from postroom.storage.database import Database
from postroom.submission.ability import SmtpUnavailable
from postroom.submission.accepting.model import JsonObject, Submitted
from postroom.submission.accepting.problems import InvalidSubmission
from postroom.submission.accepting.submission import Submission, WrittenMessage
from postroom.submission.submissions import MessageTooLarge, SubmissionRequest, Submissions, SubmissionUncertain
from tests.fakes.failing_database import FailingDatabase
from tests.sessions.conftest import sessions_of
from tests.submission.messages import BOX, accepting, add_account, rows

LARGEST = 2000


def letter(*, text: str = "Hello", to: tuple[str, ...] = ("bert@example.net",)) -> Submission:
    people = tuple(map(Correspondent, to))
    return Submission(draft=lambda own: Draft(own, to=people, subject="Offer", text=text))


class Desk:
    """Takes messages of the account `anna`, and counts how often one is asked for."""

    def __init__(self, db: Database) -> None:
        self.db = FailingDatabase(db)
        self.visits = MailVisits(Borrowing(Accounts(self.db, BOX), Pool(sessions_of())))
        accept = accepting(self.db)
        self.submissions = Submissions(db=self.db, writing=Writing(self.visits), accepting=accept, largest=LARGEST)
        self.asked = 0

    async def submit(self, submission: Submission, key: str | None = None, fingerprint: str = "f") -> JsonObject:
        async def asked() -> Submission:
            self.asked += 1
            return submission

        request = SubmissionRequest("anna", asked, key, fingerprint)
        given = await self.submissions.submit(request, TimeAllowed.after(5), _told)
        return {**given.answer, "again": given.is_repeated}


def _told(written: WrittenMessage, submitted: Submitted) -> JsonObject:
    return {"subject": written.subject, "queueId": submitted.queue_id}


@pytest.fixture
async def desk(db: Database) -> AsyncIterator[Desk]:
    await add_account(db)
    made = Desk(db)
    yield made
    await made.visits.borrowing.pool.close()


async def test_a_message_is_written_and_stored(desk: Desk) -> None:
    answer = await desk.submit(letter())
    (row,) = await rows(desk.db)
    assert answer == {"subject": "Offer", "queueId": row.queue_id, "again": False}
    assert (row.sender, row.subject, row.state) == ("anna@example.com", "Offer", "queued")


async def test_a_repeated_request_is_not_written_again(desk: Desk) -> None:
    first = await desk.submit(letter(), "k")
    again = await desk.submit(letter(), "k")
    assert again == {**first, "again": True}
    assert (desk.asked, len(await rows(desk.db))) == (1, 1)


async def test_a_preview_stores_nothing(desk: Desk) -> None:
    written = await desk.submissions.preview("anna", letter(), TimeAllowed.after(5))
    assert written.recipients == ("bert@example.net",)
    assert b"Subject: Offer" in written.octets
    assert await rows(desk.db) == []


async def test_the_size_of_the_whole_message_counts(desk: Desk) -> None:
    await desk.submit(letter(text="x\n" * 500))
    with pytest.raises(MessageTooLarge, match="POSTROOM_MAX_MESSAGE_SIZE"):
        await desk.submit(letter(text="x\n" * 1000), "k")
    # The key is free again.
    assert (await desk.submit(letter(), "k", "other"))["again"] is False


async def test_what_cannot_be_sent_is_refused_before_anything_is_stored(desk: Desk) -> None:
    with pytest.raises(InvalidSubmission):
        await desk.submit(letter(to=()))
    server = {"host": "localhost", "port": 143, "auth": {"user": "u", "pass": "p"}}
    await Accounts(desk.db, BOX).update("anna", {"smtp": False, "imap": server})
    with pytest.raises(SmtpUnavailable):
        await desk.submit(letter())
    assert await rows(desk.db) == []


@pytest.mark.parametrize(("key", "cure"), [(None, "Look into the outbox"), ("k", "same Idempotency-Key")])
async def test_a_database_that_does_not_come_back_is_told_with_the_cure(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, key: str | None, cure: str
) -> None:
    monkeypatch.setattr("postroom.submission.accepting.service._PAUSES_AFTER_UNKNOWN", (0.0,))
    # The first message makes the settings. With a key, the first write of the second one is the claim.
    await desk.submit(letter())
    desk.db.fail(1 if key is None else 2, "after")
    with pytest.raises(SubmissionUncertain, match=cure) as told:
        await desk.submit(letter(), key)
    desk.db.heal()
    assert told.value.retry_after
    assert len(await rows(desk.db)) == 2
    if key is not None:
        assert (await desk.submit(letter(), key))["again"] is True
        assert len(await rows(desk.db)) == 2


async def test_another_account_has_keys_of_its_own(desk: Desk) -> None:
    await add_account(desk.db, "bert")
    await desk.submit(letter(), "k")

    async def asked() -> Submission:
        return letter()

    request = SubmissionRequest("anna", asked, "k", "f")
    other = await desk.submissions.submit(replace(request, account="bert"), TimeAllowed.after(5), _told)
    assert other.is_repeated is False
