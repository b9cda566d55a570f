"""Stores what a report says: outcomes of recipients, events, and that the report was read. One transaction."""

from __future__ import annotations

from collections.abc import Iterator

from postroom.events import log as event_log
from postroom.events.sending import MessageBounce, MessageComplaint, MessageResolved, Posted
from postroom.events.types import Event
from postroom.footprint.dataclass import dataclass
from postroom.mail.reports.values import BounceReport, ComplaintReport, ReportAction
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake
from postroom.submission.accepting.submission_store import make_due
from postroom.submission.model import TOPIC, MessageState, RecipientOutcome
from postroom.submission.outbox import change_store, item_store
from postroom.submission.outbox.decisions import resolved_as_sent
from postroom.submission.reports import found_store, match_store
from postroom.submission.reports.matching import NOTABLE, addresses_of, match_recipient, outcome_of
from postroom.submission.reports.model import ClaimedReport, MatchedSubmission
from postroom.submission.reports.payloads import bounce_data, complaint_data, unread_data

__all__ = ["ReadReport", "UnreadReport", "is_still_sending", "matching_submission", "settle_report"]


@dataclass(frozen=True, slots=True)
class UnreadReport:
    """The report could not be fetched, and nobody tries any more."""


ReadReport = BounceReport | ComplaintReport | UnreadReport
"""What is known of a report."""


def matching_submission(conn: Connection, report: ClaimedReport, read: ReadReport) -> MatchedSubmission | None:
    """Return the message of the report's own account that it is about; None when there is none."""
    if isinstance(read, UnreadReport):
        ids: tuple[str, ...] = (report.told.in_reply_to,) if report.told.in_reply_to else ()
        envelope_id, addresses = None, []
    else:
        ids, envelope_id = read.original.message_ids, read.envelope_id
        addresses = addresses_of(read) if isinstance(read, BounceReport) else list(read.original_rcpt_to)
    found = match_store.find(conn, report.account_key, ids)
    if found is None and envelope_id:
        found = match_store.find_by_envelope(conn, report.account_key, envelope_id, addresses)
    return None if found is None else match_store.load(conn, found)


def is_still_sending(submission: MatchedSubmission | None) -> bool:
    """Whether the message is under way at this moment: its own result comes first."""
    return submission is not None and submission.state is MessageState.SENDING


def settle_report(
    conn: Connection, me: str, report: ClaimedReport, read: ReadReport | None, now: int, *, wants_copy: bool
) -> bool:
    """Store what a report says; None stands for a message that is no report. False when it was taken over meanwhile.

    `wants_copy`: a message whose outcome was unknown gets a copy in sent mail.
    """
    if not found_store.is_held(conn, me, report):
        return False
    if read is not None:
        submission = _held(conn, matching_submission(conn, report, read))
        events = [*_resolved(conn, report, submission, now, wants_copy=wants_copy)] if _proves(read) else []
        events += _announced(conn, report, read, submission, now)
        event_log.append(conn, report.account_key, report.account, events, now)
        if submission is not None:
            wake(conn, TOPIC, report.account)
    found_store.finish(conn, report)
    return True


def _held(conn: Connection, submission: MatchedSubmission | None) -> MatchedSubmission | None:
    """Lock the message, and read it again as it is now."""
    if submission is None or item_store.hold(conn, submission.queue_id) is None:
        return None
    return match_store.load(conn, submission.id)


def _proves(read: ReadReport) -> bool:
    """Whether a report proves that a server took the message."""
    return isinstance(read, ComplaintReport) or (isinstance(read, BounceReport) and bool(read.recipients))


def _resolved(
    conn: Connection, report: ClaimedReport, submission: MatchedSubmission | None, now: int, *, wants_copy: bool
) -> Iterator[Event]:
    """A message of unknown outcome was sent if a report is about it."""
    if submission is None or submission.state is not MessageState.UNKNOWN:
        return
    item = item_store.find(conn, submission.queue_id, now, is_paused=False)
    if item is None:
        return
    decision = resolved_as_sent(item)
    change_store.change(conn, item.id, item.state, decision, now)
    if decision.state is MessageState.QUEUED:
        make_due(conn, report.account_key, now)
    else:
        copies = wants_copy and item.copied is None and item.has_body
        for kind in item_store.plan_of(conn, item.queue_id).what_follows(copies=copies):
            change_store.add_task(conn, item.id, kind, now)
    posted = Posted(item.queue_id, submission.message_id, item.sender, decision.addresses)
    yield MessageResolved(posted, "sent", "bounce")


def _announced(
    conn: Connection, report: ClaimedReport, read: ReadReport, submission: MatchedSubmission | None, now: int
) -> list[Event]:
    match read:
        case ComplaintReport():
            return [MessageComplaint(complaint_data(report.told, read, submission))]
        case BounceReport():
            return _bounced(conn, report, read, submission, now)
        case UnreadReport():
            data = unread_data(report.told, submission)
            return [MessageComplaint(data) if report.told.kind == "complaint" else MessageBounce(data)]


def _bounced(
    conn: Connection, report: ClaimedReport, read: BounceReport, submission: MatchedSubmission | None, now: int
) -> list[Event]:
    """Store which recipients did not get the message. A late one may still get it, so its outcome stays."""
    if not read.recipients:
        return [MessageBounce(bounce_data(report.told, read, None, submission, None))]
    outcomes: dict[int, RecipientOutcome] = {}
    events: list[Event] = []
    for told in read.recipients:
        if told.action not in NOTABLE:
            continue
        matched = match_recipient(told, submission.recipients) if submission is not None else None
        if matched is not None and told.action is ReportAction.FAILED:
            outcomes.setdefault(matched.place, outcome_of(told))
        events.append(MessageBounce(bounce_data(report.told, read, told, submission, matched)))
    if submission is not None:
        match_store.bounce(conn, submission.id, outcomes, now)
    return events
