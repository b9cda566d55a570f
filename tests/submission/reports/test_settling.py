"""What a report says is stored in one transaction, with its events and with the note that it was read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from postroom.mail.reports.reading import read_report
from postroom.storage.statements.connection import Connection
from postroom.submission.model import MessageState
from postroom.submission.plan import RepliesTo, SendingPlan
from postroom.submission.reports import found_store
from postroom.submission.reports.model import ClaimedReport, FoundReport, ReportTold
from postroom.submission.reports.settling import (
    UnreadReport,
    is_still_sending,
    matching_submission,
    settle_report,
)
from tests.mail.reports.sample_form import ORIGINAL_ID, dsn
from tests.mail.reports.standard_samples import POSTFIX
from tests.submission.messages import rows
from tests.submission.reports.office import ReportOffice

ME = "node/1"
NOW = 1_800_000_000_000
TOLD = ReportTold("bounce", "AAAA", "Undelivered", "mailer-daemon@mx", ORIGINAL_ID)


class Killed(Exception):
    """The process ends here."""


async def claimed(office: ReportOffice) -> ClaimedReport:
    """A report that this process reads."""
    key = office.keys["anna"]

    def work(conn: Connection) -> ClaimedReport | None:
        found_store.add(conn, [FoundReport(key, "anna", "<1@mx>", TOLD)], NOW)
        return found_store.claim(conn, ME, key, NOW, NOW + 1000)

    report = await office.db.write(work)
    assert report is not None
    return report


def settling(report: ClaimedReport, *, me: str = ME, read: Any = None, wants_copy: bool = False) -> Any:
    read = read or read_report(POSTFIX.octets)
    return lambda conn: settle_report(conn, me, report, read, NOW, wants_copy=wants_copy)


async def test_all_or_nothing(office: ReportOffice) -> None:
    """A process that is killed before the commit has stored nothing; the next one does it once."""
    await office.submit()
    report = await claimed(office)
    settle: Callable[[Connection], bool] = settling(report)

    def killed(conn: Connection) -> None:
        assert settle(conn)
        raise Killed

    with pytest.raises(Killed):
        await office.db.write(killed)
    assert await office.names() == []
    assert await office.recipients() == {"ann@recipient.example": "sent"}
    assert await office.db.write(settle)
    assert not await office.db.write(settle)
    assert await office.names() == ["messageBounce", "messageBounce"]
    assert [row.next_at for row in await office.found()] == [None]


async def test_who_was_overtaken_stores_nothing(office: ReportOffice) -> None:
    await office.submit()
    report = await claimed(office)
    key = office.keys["anna"]
    await office.db.write(lambda conn: found_store.claim(conn, "node/2", key, NOW + 1000, NOW + 2000))
    assert not await office.db.write(settling(report))
    assert not await office.db.write(settling(report, me="node/2"))
    assert await office.names() == []


async def test_an_unknown_message_is_sent_and_what_follows_is_left_to_do(office: ReportOffice) -> None:
    plan = SendingPlan(answers=RepliesTo("AAAA", "reply"), draft="BBBB")
    await office.submit(state="unknown", plan=plan)
    assert await office.db.write(settling(await claimed(office), wants_copy=True))
    assert sorted(await office.tasks()) == ["copy", "draft", "mark"]
    (row,) = await rows(office.db)
    assert (row.state, row.copied) == ("sent", "pending")
    assert await office.recipients() == {"ann@recipient.example": "bounced"}
    assert await office.names() == ["messageResolved", "messageBounce", "messageBounce"]


async def test_recipients_that_were_deferred_are_tried_again(office: ReportOffice) -> None:
    from postroom.storage.schema.sending import sending_lanes, submission_recipients

    await office.submit("ann@recipient.example", "bob@other.example", "carol@third.example", state="unknown")
    deferred = submission_recipients.update().where(submission_recipients.c.place == 2).values(state="deferred")
    await office.db.write(lambda conn: conn.execute(deferred) and None)
    assert await office.db.write(settling(await claimed(office)))
    (row,) = await rows(office.db)
    assert row.state == "queued"
    states = {"ann@recipient.example": "bounced", "bob@other.example": "bounced", "carol@third.example": "deferred"}
    assert await office.recipients() == states
    (lane,) = await rows(office.db, sending_lanes)
    assert lane.next_at <= NOW


@pytest.mark.parametrize("state", ["failed", "cancelled", "queued"])
async def test_a_bounce_changes_no_other_state(office: ReportOffice, state: str) -> None:
    recipient = "refused" if state == "failed" else state
    await office.submit(state=state, recipient_state=recipient)
    assert await office.db.write(settling(await claimed(office)))
    assert await office.recipients() == {"ann@recipient.example": recipient}
    (row,) = await rows(office.db)
    assert row.state == state
    assert await office.names() == ["messageBounce", "messageBounce"]


async def test_two_reports_about_one_recipient_are_two_events(office: ReportOffice) -> None:
    twice = "".join(f"Final-Recipient: rfc822; {name}@f.example\nAction: failed\nStatus: 5.1.1\n\n" for name in "ab")
    read = read_report(dsn("x", f"Reporting-MTA: dns; a\n\n{twice}"))
    await office.submit()
    assert await office.db.write(settling(await claimed(office), read=read))
    assert [each["data"]["recipient"] for each in await office.events("messageBounce")] == ["ann@recipient.example"] * 2


async def test_a_report_that_cannot_be_read_is_matched_by_what_it_answers(office: ReportOffice) -> None:
    queue_id = await office.submit(state="unknown")
    report = await claimed(office)
    found = await office.db.read(lambda conn: matching_submission(conn, report, UnreadReport()))
    assert found is not None
    assert found.queue_id == queue_id
    assert not is_still_sending(found)
    assert await office.db.write(settling(report, read=UnreadReport()))
    # Nobody knows what it says, so it proves nothing.
    (row,) = await rows(office.db)
    assert row.state == MessageState.UNKNOWN
    assert await office.names() == ["messageBounce"]


async def test_a_message_that_is_being_sent(office: ReportOffice) -> None:
    await office.submit(state="sending", recipient_state="queued")
    report, read = await claimed(office), read_report(POSTFIX.octets)
    assert read is not None
    assert is_still_sending(await office.db.read(lambda conn: matching_submission(conn, report, read)))
    assert not is_still_sending(None)
