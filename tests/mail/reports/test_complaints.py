"""Complaints: feedback reports, and letters of providers without them."""

from __future__ import annotations

from postroom.mail.reports.reading import read_report
from postroom.mail.reports.values import ComplaintReport
from tests.mail.reports.complaint_samples import ARF, ARF_LOOSE, ARF_MINIMAL, HOTMAIL
from tests.mail.reports.sample_form import ORIGINAL_ID, letter


def complaint(octets: bytes) -> ComplaintReport:
    report = read_report(octets)
    assert isinstance(report, ComplaintReport)
    return report


def test_a_feedback_report() -> None:
    report = complaint(ARF)
    assert report.source == "Yahoo"
    assert (report.feedback_type, report.version, report.user_agent) == ("abuse", "0.1", "Yahoo!-Mail-Feedback/2.0")
    assert report.original_mail_from == "orders@shop.example"
    assert report.original_rcpt_to == ("ann@recipient.example", "bob@recipient.example")
    assert (report.source_ip, report.reporting_mta) == ("192.0.2.1", "feedback.example")
    assert report.arrival_date == "Sun, 1 Mar 2026 10:00:00 +0000"
    assert report.reported_domain == ("shop.example",)
    assert report.incidents == 2
    assert report.original.message_ids == (ORIGINAL_ID,)
    assert report.original.headers["subject"] == ["Your order"]


def test_a_report_of_two_fields() -> None:
    report = complaint(ARF_MINIMAL)
    assert (report.source, report.feedback_type) == ("isp.example", "fraud")
    assert report.original_rcpt_to == ()
    assert report.original.message_ids == (ORIGINAL_ID,)
    assert report.incidents is None


def test_the_fields_as_text_with_blank_lines_between_them() -> None:
    report = complaint(ARF_LOOSE)
    assert (report.feedback_type, report.source_ip) == ("abuse", "192.0.2.1")
    assert report.original.message_ids == (ORIGINAL_ID,)


def test_a_letter_of_hotmail_with_the_message_enclosed() -> None:
    report = complaint(HOTMAIL)
    assert (report.source, report.feedback_type, report.source_ip) == ("Hotmail", "abuse", "192.0.2.1")
    assert report.original_rcpt_to == ("ann@hotmail.example",)
    assert report.original.message_ids == (ORIGINAL_ID,)


def test_a_forwarded_message_is_no_complaint() -> None:
    assert not isinstance(read_report(HOTMAIL.replace(b"X-HmXmrOriginalRecipient", b"X-Something")), ComplaintReport)
    assert read_report(letter("From: a@b.example\n\nFeedback-type is a word.\n")) is None


def test_addresses_that_are_hidden_in_part_are_kept_as_they_are() -> None:
    hidden = complaint(ARF.replace(b"ann@recipient.example", b"redacted").replace(b"<orders@shop.example>", b"<>"))
    assert hidden.original_rcpt_to == ("redacted", "bob@recipient.example")
    assert hidden.original_mail_from is None
