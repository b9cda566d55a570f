"""The form of the samples of reports. They are in the manner of the common mail systems, written for these tests."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.mail.reports.values import ReportAction

FAILED, DELAYED = ReportAction.FAILED, ReportAction.DELAYED
ORIGINAL_ID = "<1f0c@shop.example>"


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be read for one recipient: address, action, enhanced code, SMTP code, category, server."""

    address: str
    action: ReportAction
    status: str | None
    code: int | None
    category: str
    mta: str | None = None


@dataclass(frozen=True, slots=True)
class ReportSample:
    """One report, and what is to be read from it."""

    system: str
    octets: bytes
    recipients: tuple[Expected, ...]
    message_id: str | None = ORIGINAL_ID
    mta: str | None = None


def letter(text: str, *, charset: str = "utf-8") -> bytes:
    return text.lstrip("\n").replace("\n", "\r\n").encode(charset)


def dsn(human: str, fields: str, original: str = "", *, kind: str = "message/delivery-status") -> bytes:
    """A report by RFC 3464 with the parts in the usual order."""
    original = original or f"Message-ID: {ORIGINAL_ID}\nSubject: Your order\nTo: ann@recipient.example\n"
    return letter(f"""
Return-Path: <>
From: Mail Delivery Subsystem <MAILER-DAEMON@mx.shop.example>
To: orders@shop.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

A note for old programs.
--=_b
Content-Type: text/plain; charset=utf-8

{human}
--=_b
Content-Type: {kind}

{fields}
--=_b
Content-Type: text/rfc822-headers

{original}
--=_b--
""")
