"""The `data` of messageBounce and messageComplaint. Pure."""

from __future__ import annotations

import re
from typing import Final

from postroom.mail.reports.values import BounceReport, ComplaintReport, ReportedRecipient
from postroom.mail.reports.verdict import judge_bounce
from postroom.mail.reports.words import ADDRESS
from postroom.smtp.rejections import RejectionCategory
from postroom.submission.reports.model import MatchedRecipient, MatchedSubmission, ReportTold

__all__ = ["bounce_data", "complaint_data", "unread_data"]

_ADDRESS: Final = re.compile(ADDRESS)
_MOST_ADDRESSES: Final = 100


def bounce_data(
    told: ReportTold,
    report: BounceReport,
    recipient: ReportedRecipient | None,
    submission: MatchedSubmission | None,
    matched: MatchedRecipient | None,
) -> dict[str, object]:
    """Return what one recipient's bounce is. `recipient` is None when the report names nobody."""
    named = (recipient.original or recipient.address) if recipient is not None else None
    if matched is None and recipient is None and submission is not None and len(submission.recipients) == 1:
        matched = submission.recipients[0]
    mta = (recipient.mta if recipient is not None else None) or report.mta
    return {
        "bounceMessage": told.message,
        "recipient": matched.address if matched is not None else named,
        "action": recipient.action.value if recipient is not None else None,
        "response": _response(recipient) if recipient is not None else _nothing_said(told),
        "mta": mta,
        "queueId": submission.queue_id if submission is not None else None,
        "messageId": _message_id(submission, report.original.message_ids),
        "messageHeaders": dict(report.original.headers),
    }


def complaint_data(
    told: ReportTold, report: ComplaintReport, submission: MatchedSubmission | None
) -> dict[str, object]:
    """Return what a complaint is."""
    arf = {
        "source": report.source,
        "feedbackType": report.feedback_type,
        "abuseType": "complaint",
        "originalMailFrom": report.original_mail_from,
        "originalRcptTo": list(report.original_rcpt_to),
        "arrivalDate": report.arrival_date,
        "sourceIp": report.source_ip,
        "userAgent": report.user_agent,
        "version": report.version,
        "reportingMta": report.reporting_mta,
        "reportedDomain": list(report.reported_domain),
        "reportedUri": list(report.reported_uri),
        "originalEnvelopeId": report.envelope_id,
        "authenticationResults": report.authentication_results,
        "incidents": report.incidents,
    }
    return {
        "complaintMessage": told.message,
        "arf": {name: value for name, value in arf.items() if value not in (None, [])},
        "headers": _headers(report),
        "queueId": submission.queue_id if submission is not None else None,
        "messageId": _message_id(submission, report.original.message_ids),
    }


def unread_data(told: ReportTold, submission: MatchedSubmission | None) -> dict[str, object]:
    """Return what is known of a report that could not be read: what messageNew told of it."""
    known: dict[str, object] = {
        "queueId": submission.queue_id if submission is not None else None,
        "messageId": _message_id(submission, (told.in_reply_to,) if told.in_reply_to else ()),
    }
    if told.kind == "complaint":
        return {"complaintMessage": told.message, "arf": {"abuseType": "complaint"}, "headers": {}, **known}
    only = submission.recipients[0].address if submission is not None and len(submission.recipients) == 1 else None
    return {
        "bounceMessage": told.message,
        "recipient": only,
        "action": None,
        "response": _nothing_said(told),
        "mta": told.sender.rpartition("@")[2] if told.sender else None,
        **known,
        "messageHeaders": {},
    }


def _response(recipient: ReportedRecipient) -> dict[str, object]:
    verdict = judge_bounce(recipient)
    response: dict[str, object] = {
        "source": recipient.source,
        "message": recipient.said,
        "status": recipient.status,
        "category": verdict.category.value,
        "recommendedAction": verdict.recommended,
    }
    if verdict.advice is not None:
        response["advice"] = verdict.advice
    if verdict.block_list is not None:
        response["blocklist"] = {"name": verdict.block_list.name, "type": verdict.block_list.kind}
    if verdict.retry_after is not None:
        response["retryAfter"] = verdict.retry_after
    return response


def _nothing_said(told: ReportTold) -> dict[str, object]:
    return {
        "source": None,
        "message": told.subject or None,
        "status": None,
        "category": RejectionCategory.UNKNOWN.value,
        "recommendedAction": "review",
    }


def _message_id(submission: MatchedSubmission | None, named: tuple[str, ...]) -> str | None:
    return submission.message_id if submission is not None else next(iter(named), None)


def _headers(report: ComplaintReport) -> dict[str, object]:
    """The header of the message that somebody complained of; what the report leaves out is not there."""
    headers = report.original.headers
    found = {
        "messageId": next(iter(report.original.message_ids), None),
        "from": next(iter(_addresses(headers.get("from", []))), None),
        "to": _addresses(headers.get("to", [])),
        "cc": _addresses(headers.get("cc", [])),
        "subject": next(iter(headers.get("subject", [])), None),
        "date": next(iter(headers.get("date", [])), None),
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


def _addresses(values: list[str]) -> list[str]:
    return [found[0] for value in values for found in _ADDRESS.finditer(value)][:_MOST_ADDRESSES]
