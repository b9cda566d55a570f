"""The `data` of messageBounce and messageComplaint."""

from __future__ import annotations

import orjson

from postroom.mail.reports.reading import read_report
from postroom.mail.reports.values import (
    BounceReport,
    ComplaintReport,
    ReportAction,
    ReportedOriginal,
    ReportedRecipient,
)
from postroom.submission.model import MessageState, RecipientState
from postroom.submission.reports.model import MatchedRecipient, MatchedSubmission, ReportTold
from postroom.submission.reports.payloads import bounce_data, complaint_data, unread_data
from tests.mail.reports.complaint_samples import ARF
from tests.mail.reports.sample_form import ORIGINAL_ID

TOLD = ReportTold("bounce", "AAAA", "Undelivered", "mailer-daemon@mx.example", "<old@shop.example>")
ANN = MatchedRecipient(0, "ann@recipient.example", RecipientState.SENT)
SENT = MatchedSubmission(1, "0f", MessageState.SENT, "<sent-as@provider>", "orders@shop.example", (ANN,))


def test_a_bounce_with_everything() -> None:
    said = "450 4.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org"
    told = ReportedRecipient(
        "dan@f.example", ReportAction.FAILED, None, "4.7.1", 450, said, "smtp", "mail.recipient.example"
    )
    report = BounceReport((told,), "mx.example", None, ReportedOriginal((ORIGINAL_ID,), {"subject": ["Your order"]}))
    assert bounce_data(TOLD, report, told, SENT, ANN) == {
        "bounceMessage": "AAAA",
        "recipient": "ann@recipient.example",
        "action": "failed",
        "response": {
            "source": "smtp",
            "message": said,
            "status": "4.7.1",
            "category": "ip_blacklisted",
            "recommendedAction": "retry_different_ip",
            "advice": "The address of the sending server is on a block list. Its operator must have it removed there.",
            "blocklist": {"name": "Spamhaus", "type": "ip"},
        },
        "mta": "mail.recipient.example",
        "queueId": "0f",
        "messageId": "<sent-as@provider>",
        "messageHeaders": {"subject": ["Your order"]},
    }


def test_a_bounce_of_mail_that_postroom_did_not_send() -> None:
    told = ReportedRecipient("dan@f.example", ReportAction.DELAYED, "ann@b.example")
    data = bounce_data(TOLD, BounceReport((told,), "mx.example"), told, None, None)
    assert (data["recipient"], data["action"], data["mta"]) == ("ann@b.example", "delayed", "mx.example")
    assert (data["queueId"], data["messageId"], data["messageHeaders"]) == (None, None, {})


def test_a_bounce_that_names_nobody() -> None:
    report = BounceReport((), "mx.example", None, ReportedOriginal((ORIGINAL_ID,)))
    data = bounce_data(TOLD, report, None, SENT, None)
    assert (data["recipient"], data["action"]) == ("ann@recipient.example", None)
    assert data["response"] == {
        "source": None,
        "message": "Undelivered",
        "status": None,
        "category": "unknown",
        "recommendedAction": "review",
    }
    assert bounce_data(TOLD, report, None, None, None)["messageId"] == ORIGINAL_ID


def test_a_complaint() -> None:
    report = read_report(ARF)
    assert isinstance(report, ComplaintReport)
    data = complaint_data(TOLD, report, SENT)
    assert data["complaintMessage"] == "AAAA"
    assert (data["queueId"], data["messageId"]) == ("0f", "<sent-as@provider>")
    assert data["headers"] == {
        "messageId": ORIGINAL_ID,
        "from": "orders@shop.example",
        "to": ["ann@recipient.example"],
        "cc": ["carol@shop.example"],
        "subject": "Your order",
        "date": "Sun, 1 Mar 2026 09:59:00 +0000",
    }
    assert data["arf"] == {
        "source": "Yahoo",
        "feedbackType": "abuse",
        "abuseType": "complaint",
        "originalMailFrom": "orders@shop.example",
        "originalRcptTo": ["ann@recipient.example", "bob@recipient.example"],
        "arrivalDate": "Sun, 1 Mar 2026 10:00:00 +0000",
        "sourceIp": "192.0.2.1",
        "userAgent": "Yahoo!-Mail-Feedback/2.0",
        "version": "0.1",
        "reportingMta": "feedback.example",
        "reportedDomain": ["shop.example"],
        "incidents": 2,
    }
    assert orjson.dumps(data)


def test_reports_that_could_not_be_read() -> None:
    data = unread_data(TOLD, None)
    assert (data["mta"], data["messageId"], data["recipient"]) == ("mx.example", "<old@shop.example>", None)
    assert unread_data(TOLD, SENT)["recipient"] == "ann@recipient.example"
    complaint = unread_data(ReportTold("complaint", "AAAA", "x"), SENT)
    assert (complaint["complaintMessage"], complaint["queueId"]) == ("AAAA", "0f")
