"""From a report in a mailbox to the outcome of a message: found in the log, fetched, read, matched, announced once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from postroom import loops
from postroom.accounts.lifecycle import State
from postroom.events.types import MessageNew
from postroom.storage.database import Database
from postroom.submission.reports import follower as follower_module
from postroom.submission.reports.follower import GIVEN_UP_AFTER
from tests.fakes.failing_database import FailingDatabase, Fault
from tests.live.dovecot import Dovecot
from tests.mail.reports.complaint_samples import ARF
from tests.mail.reports.office_samples import GMAIL_DELAYED
from tests.mail.reports.sample_form import ORIGINAL_ID, ReportSample, dsn, letter
from tests.mail.reports.standard_samples import POSTFIX
from tests.mail.reports.unix_samples import EXIM
from tests.submission.messages import rows
from tests.submission.reports.office import ReportOffice
from tests.supervisor.conftest import supervised

SUCCESS = dsn("ok", "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; ann@recipient.example\nAction: delivered\n")


async def test_a_bounce(office: ReportOffice) -> None:
    queue_id = await office.submit("ann@recipient.example", "bob@other.example", "carol@third.example")
    async with office.following():
        id_ = await office.deliver(POSTFIX.octets)
        first, second = await office.until_announced("messageBounce", 2)
    assert first["bounceMessage"] == second["bounceMessage"] == id_
    assert (first["recipient"], first["action"], first["queueId"]) == ("ann@recipient.example", "failed", queue_id)
    assert (first["messageId"], first["mta"]) == (ORIGINAL_ID, "mail.recipient.example")
    assert first["response"]["category"] == "user_unknown"
    assert first["messageHeaders"]["subject"] == ["Your order"]
    assert (second["recipient"], second["response"]["category"]) == ("bob@other.example", "invalid_address")
    states = {"ann@recipient.example": "bounced", "bob@other.example": "bounced", "carol@third.example": "sent"}
    assert await office.recipients() == states
    assert await office.names() == ["messageNew", "messageBounce", "messageBounce"]


async def test_a_late_message_is_announced_and_stays_sent(office: ReportOffice) -> None:
    await office.submit()
    async with office.following():
        await office.deliver(GMAIL_DELAYED.octets)
        (late,) = await office.until_announced("messageBounce")
    assert (late["action"], late["response"]["category"]) == ("delayed", "greylisting")
    assert late["response"]["retryAfter"] == 300
    assert await office.recipients() == {"ann@recipient.example": "sent"}


async def test_a_complaint(office: ReportOffice) -> None:
    queue_id = await office.submit()
    async with office.following():
        id_ = await office.deliver(ARF, isBounce=False, isComplaint=True)
        (complaint,) = await office.until_announced("messageComplaint")
    assert (complaint["complaintMessage"], complaint["queueId"]) == (id_, queue_id)
    assert complaint["arf"]["feedbackType"] == "abuse"
    assert complaint["headers"]["to"] == ["ann@recipient.example"]
    assert await office.recipients() == {"ann@recipient.example": "sent"}


async def test_a_bounce_of_other_mail_is_announced_too(office: ReportOffice) -> None:
    await office.submit(message_id="<another@shop.example>")
    async with office.following():
        await office.deliver(EXIM.octets)
        for bounce in await office.until_announced("messageBounce", 2):
            assert (bounce["queueId"], bounce["messageId"]) == (None, ORIGINAL_ID)
    assert await office.recipients() == {"ann@recipient.example": "sent"}


async def test_a_bounce_in_another_account_says_nothing_of_this_one(office: ReportOffice) -> None:
    await office.submit()
    await office.add_account("bert")
    async with office.following():
        await office.deliver(POSTFIX.octets, "bert")
        first, _ = await office.until_announced("messageBounce", 2)
    assert first["queueId"] is None
    assert await office.recipients() == {"ann@recipient.example": "sent"}


async def test_a_bounce_decides_an_unknown_outcome(office: ReportOffice) -> None:
    await office.submit("ann@recipient.example", "carol@third.example", state="unknown")
    async with office.following():
        await office.deliver(POSTFIX.octets)
        await office.until_announced("messageBounce", 2)
    (resolved,) = [each["data"] for each in await office.events("messageResolved")]
    assert (resolved["as"], resolved["by"]) == ("sent", "bounce")
    assert await office.recipients() == {"ann@recipient.example": "bounced", "carol@third.example": "sent"}
    (row,) = await rows(office.db)
    assert (row.state, row.attempt) == ("sent", None)
    assert row.finished_at is not None
    assert await office.names() == ["messageNew", "messageResolved", "messageBounce", "messageBounce"]


async def test_successes_and_letters_of_mailers_are_no_bounces(office: ReportOffice) -> None:
    await office.submit(state="unknown")
    async with office.following():
        await office.deliver(letter("From: mailer-daemon@mx\n\nHello.\n"))
        await office.deliver(SUCCESS)
        await office.until_done(2)
    # That a message was delivered proves that it was sent.
    assert await office.names() == ["messageNew", "messageNew", "messageResolved"]
    assert await office.recipients() == {"ann@recipient.example": "sent"}


async def test_a_report_that_is_moved_or_announced_again_counts_once(office: ReportOffice) -> None:
    async with office.following():
        await office.deliver(POSTFIX.octets, messageId="<report@mx>")
        await office.until_announced("messageBounce", 2)
        await office.deliver(POSTFIX.octets, path="Bounces", role=None, messageId="<report@mx>")
        await office.deliver(POSTFIX.octets, path="Bounces", role=None, messageId="<other@mx>")
        await office.until_announced("messageBounce", 4)
    assert len(await office.found()) == 2


async def test_reports_in_sent_mail_and_trash_do_not_count(office: ReportOffice) -> None:
    async with office.following():
        await office.deliver(POSTFIX.octets, path="Sent", role="\\Sent")
        await office.deliver(POSTFIX.octets, path="All", role="\\All", messageSpecialUse="\\Trash")
        await office.deliver(POSTFIX.octets, path="Spam", role="\\Junk")
        await office.until_announced("messageBounce", 2)
    assert len(await office.found()) == 1


async def test_history_is_not_read(office: ReportOffice) -> None:
    await office.deliver(POSTFIX.octets)
    async with office.following():
        await office.deliver(EXIM.octets)
        await office.until_done()
    assert len(await office.events("messageBounce")) == 2
    assert len(await office.found()) == 1


async def test_a_report_that_came_while_nobody_followed_is_read_later(office: ReportOffice) -> None:
    async with office.following():
        pass
    await office.deliver(POSTFIX.octets)
    async with office.following():
        await office.until_announced("messageBounce", 2)


async def test_an_account_without_a_session_holds_up_no_other_one(office: ReportOffice) -> None:
    await office.add_account("bert", "disconnected")
    async with office.following(roll=lambda: 0.5):
        await office.deliver(POSTFIX.octets, "bert")
        await office.deliver(POSTFIX.octets, "bert")
        await office.deliver(EXIM.octets)
        await office.until_done()
        assert {each["account"] for each in await office.events("messageBounce")} == {"anna"}
        waiting = [row for row in await office.found() if row.next_at is not None]
        assert [row.account for row in waiting] == ["bert", "bert"]
        assert all(row.next_at >= office.now for row in waiting)
        await office.set_state("bert", "connected")
        office.now += 3_600_000
    async with office.following():
        await office.until_done(3)
    assert len(await office.events("messageBounce")) == 6


async def test_a_report_is_given_up_after_a_day_with_what_messagenew_told(office: ReportOffice) -> None:
    await office.submit()
    await office.set_state("anna", "disconnected")
    async with office.following():
        told: dict[str, Any] = {"from": {"name": "", "address": "mailer-daemon@mx.example"}, "inReplyTo": ORIGINAL_ID}
        await office.deliver(POSTFIX.octets, **told)
        await _until_tried(office)
    office.now += GIVEN_UP_AFTER
    async with office.following():
        (bounce,) = await office.until_announced("messageBounce")
    assert (bounce["recipient"], bounce["action"]) == ("ann@recipient.example", None)
    assert (bounce["response"]["message"], bounce["response"]["category"]) == ("Undelivered", "unknown")
    assert (bounce["mta"], bounce["messageId"]) == ("mx.example", ORIGINAL_ID)
    assert bounce["queueId"] is not None
    assert await office.recipients() == {"ann@recipient.example": "sent"}


async def test_a_deleted_report_is_announced_at_once(office: ReportOffice) -> None:
    stored = await office.deliver(POSTFIX.octets)
    office.mail.expunge("anna", 1)
    async with office.following():
        await office.announce("anna", MessageNew("INBOX", None, {"id": stored, "isBounce": True, "subject": "x"}))  # type: ignore[typeddict-item]
        (bounce,) = await office.until_announced("messageBounce")
    assert (bounce["recipient"], bounce["queueId"]) == (None, None)


async def test_a_message_that_is_being_sent_gets_its_own_result_first(office: ReportOffice) -> None:
    await office.submit(state="sending", recipient_state="queued")
    async with office.following():
        await office.deliver(POSTFIX.octets)
        await _until_tried(office)
        assert await office.events("messageBounce") == []
    await office.db.write(_everything_sent)
    office.now += 60_000
    async with office.following():
        await office.until_announced("messageBounce", 2)
    assert await office.recipients() == {"ann@recipient.example": "bounced"}


async def test_several_processes_announce_a_report_once(office: ReportOffice) -> None:
    async with office.following(node_id="1"), office.following(node_id="2"), office.following(node_id="3"):
        for number in range(5):
            await office.deliver(POSTFIX.octets, messageId=f"<{number}@mx>")
        await office.until_done(5)
    assert len(await office.events("messageBounce")) == 10


@pytest.mark.long
@pytest.mark.parametrize("fault", ["before", "after"])
async def test_a_database_that_fails_at_any_call(
    office: ReportOffice, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever call fails, and whether or not it was done: the report is announced once, and its outcome is stored."""
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.01)
    await office.submit()
    failing = FailingDatabase(office.db)
    async with office.following(db=failing, visits=office.visits):
        for number in range(1, 7):
            failing.fail(number, fault)
            await office.deliver(POSTFIX.octets, messageId=f"<{number}@mx>")
            await _until_hit_or_done(office, failing, number)
            failing.heal()
            # Leases of calls whose answer was lost have ended.
            office.now += 200_000
            await office.until_announced("messageBounce", 2 * number)
            await office.until_done(number)
    assert len(await office.events("messageBounce")) == 12
    assert await office.recipients() == {"ann@recipient.example": "bounced"}


async def _until_hit_or_done(office: ReportOffice, failing: FailingDatabase, number: int) -> None:
    while not failing.hits and sum(row.next_at is None for row in await office.found()) < number:
        await asyncio.sleep(0.01)


async def test_a_deleted_account_takes_its_reports_with_it(office: ReportOffice) -> None:
    await office.set_state("anna", "disconnected")
    async with office.following():
        await office.deliver(POSTFIX.octets)
        await _until_tried(office)
        await office.accounts.remove("anna")
        assert await office.found() == []
    assert await office.events("messageBounce") == []


async def test_the_pauses_grow_up_to_half_an_hour(office: ReportOffice) -> None:
    await office.set_state("anna", "disconnected")
    pauses = []
    async with office.following(roll=lambda: 0.5):
        await office.deliver(POSTFIX.octets)
        for attempts in range(1, 12):
            await _until_tried(office, attempts)
            (row,) = await office.found()
            pauses.append(row.next_at - office.now)
            office.now = row.next_at
            office.db.wakeups.publish([("reports", "")])
    assert pauses[:4] == [5_000, 10_000, 20_000, 40_000]
    assert pauses[-1] == follower_module._LONGEST_PAUSE


@pytest.mark.long
@pytest.mark.dovecot
@pytest.mark.parametrize("sample", [POSTFIX, EXIM], ids=lambda sample: sample.system)
async def test_from_the_sync_of_a_real_server(db: Database, dovecot: Dovecot, sample: ReportSample) -> None:
    """The account syncs at Dovecot, so `messageNew` is what the sync makes of the report."""
    user = f"reports-{sample.system.split()[0].lower()}-{db.dialect}"
    office = ReportOffice(db, dovecot)
    await office.add_account(user, "init")
    addresses = [each.address for each in sample.recipients]
    await office.submit(*addresses, account=user)
    async with supervised(db), office.following():
        await _until_connected(office, user)
        dovecot.deliver(user, sample.octets)
        bounces = await office.until_announced("messageBounce", len(addresses))
    assert [each["recipient"] for each in bounces] == addresses
    assert await office.recipients() == dict.fromkeys(addresses, "bounced")
    (told,) = [each["data"] for each in await office.events("messageNew")]
    assert (told["isBounce"], told["id"]) == (True, bounces[0]["bounceMessage"])
    assert "unseen" in told
    await office.visits.borrowing.pool.close()


async def _until_connected(office: ReportOffice, account: str) -> None:
    deadline = asyncio.get_running_loop().time() + 30
    while (await office.accounts.get(account)).row.state != State.CONNECTED:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)


async def _until_tried(office: ReportOffice, attempts: int = 1) -> None:
    deadline = asyncio.get_running_loop().time() + 30
    while not any(row.attempts == attempts and row.claimed_by is None for row in await office.found()):
        assert asyncio.get_running_loop().time() < deadline, str(await office.found())
        await asyncio.sleep(0.01)


def _everything_sent(conn) -> None:  # type: ignore[no-untyped-def]
    from postroom.storage.schema.sending import submission_recipients, submissions

    conn.execute(submissions.update().values(state="sent"))
    conn.execute(submission_recipients.update().values(state="sent"))
