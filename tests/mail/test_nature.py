"""Automatic replies, bounces and what is new: decided from headers, structure, place and time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.parsing.envelope import Address, Envelope
from postroom.imap.responses import FetchData
from postroom.mail.message import message_object
from postroom.mail.nature import NATURE_FIELDS, RECENT_MS, seems_like_new
from postroom.mail.shapes import MessageObject

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
KEY = f"HEADER.FIELDS ({' '.join(NATURE_FIELDS)})<0>"


def nature(
    *lines: str, subject: str | None = "Re: hello", sender: str = "ann@example.test", body: BodyPart | None = None
) -> set[str]:
    """Return what a message with these header lines is."""
    local, _, domain = sender.partition("@")
    envelope = Envelope(subject=subject, from_=(Address(None, local, domain),))
    block = "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"
    message = message_object(1, "INBOX", FetchData(1, 7, envelope=envelope, body=body, sections={KEY: block}))
    return {"isAutoReply", "isBounce", "isComplaint"} & {*message}


def report(kind: str | None) -> BodyPart:
    params = {"report-type": kind} if kind else {}
    return BodyPart("TEXT", "multipart", "report", params=params, parts=(BodyPart("1", "text", "plain"),))


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "auto-submitted:  Auto-Replied; owner-email=x@example.test",
        "Auto-Submitted: auto-replied (vacation)",
        "Auto-Submitted: auto-replied\r\n (vacation)",
        "X-Autoreply: yes",
        "X-Autorespond: Holidays",
        "Precedence: auto_reply",
    ],
)
def test_a_reply_that_says_that_it_is_automatic(line: str) -> None:
    assert nature(line) == {"isAutoReply"}


@pytest.mark.parametrize(
    "line",
    ["Auto-Submitted: no", "Auto-Submitted: auto-generated", "X-Autoreply: no", "X-Autoreply:", "Precedence: bulk",
     "Precedence: list", "X-Auto-Response-Suppress: All", "Return-Path: <>", ""],
)  # fmt: skip
def test_automatic_mail_that_answers_nobody_is_no_reply(line: str) -> None:
    assert nature(line) == set()


@pytest.mark.parametrize("subject", ["Automatic reply: hello", "Out of Office: Ann", " Abwesenheitsnotiz: Anna"])
def test_a_hint_counts_with_the_words_of_an_absence(subject: str) -> None:
    for line in ("Auto-Submitted: auto-generated", "Precedence: bulk", "X-Auto-Response-Suppress: All"):
        assert nature(line, subject=subject) == {"isAutoReply"}
    assert nature(subject=subject) == nature("Precedence: bulk", subject=None) == set()


def test_a_report_about_a_delivery_is_a_bounce() -> None:
    assert nature(body=report("delivery-status")) == {"isBounce"}
    assert nature("Auto-Submitted: auto-replied", body=report("Delivery-Status")) == {"isBounce"}
    # The report that a message was read (RFC 8098), even one that a mailer sends for its reader.
    assert nature(sender="mailer-daemon@example.test", body=report("disposition-notification")) == set()


def test_other_bounces() -> None:
    assert nature("X-Failed-Recipients: bob@example.test") == {"isBounce"}
    assert nature(sender="MAILER-DAEMON@mx.example.test", body=report(None)) == {"isBounce"}
    assert nature("Return-Path: <>", sender="Postmaster@example.test") == {"isBounce"}
    assert nature("Return-Path: <a@example.test>", sender="postmaster@example.test") == set()


def test_bounces_that_neither_form_nor_sender_tells() -> None:
    subject = "Undeliverable: Your order"
    assert nature(sender="postmaster@example.test", subject=subject) == {"isBounce"}
    exchange = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.test"
    assert nature(sender=exchange, subject=subject) == {"isBounce"}
    assert nature("Auto-Submitted: auto-replied", sender="noreply@example.test", subject=subject) == {"isBounce"}
    assert nature(sender="ann@example.test", subject=subject) == set()
    assert nature("Return-Path: <ann@example.test>", sender="postmaster@example.test", subject=subject) == set()
    part = BodyPart("2", "message", "delivery-status")
    mixed = BodyPart("TEXT", "multipart", "mixed", parts=(BodyPart("1", "text", "plain"), part))
    assert nature(body=mixed) == {"isBounce"}


def test_complaints() -> None:
    assert nature(body=report("feedback-report")) == {"isComplaint"}
    part = BodyPart("2", "message", "feedback-report")
    assert nature(body=BodyPart("TEXT", "multipart", "mixed", parts=(part,))) == {"isComplaint"}
    letter = "complaint about message from 192.0.2.1"
    assert nature(sender="staff@hotmail.com", subject=letter) == {"isComplaint"}
    assert nature(sender="ann@example.test", subject=letter) == set()


def test_data_that_did_not_come_is_none() -> None:
    odd: list[dict[str, bytes | None]] = [{}, {KEY: None}, {KEY: b"\xff\x00broken"}]
    for sections in odd:
        message = message_object(1, "INBOX", FetchData(1, 7, sections=sections))
        assert {"isAutoReply", "isBounce", "seemsLikeNew"}.isdisjoint(message)


def so_far(**more: Any) -> MessageObject:
    return {"id": "x", "uid": 7, "path": "p", "flags": [], "subject": "", "to": [], "unseen": True, **more}  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("message", "role", "came", "is_new"),
    [
        (so_far(), "\\Inbox", NOW, True),
        (so_far(), None, NOW - timedelta(milliseconds=RECENT_MS), True),
        (so_far(), None, NOW - timedelta(milliseconds=RECENT_MS + 1), False),
        (so_far(), "\\Inbox", NOW + timedelta(hours=2), True),
        (so_far(), "\\Inbox", NOW + timedelta(days=2), False),
        (so_far(), "\\Inbox", None, False),
        (so_far(), "\\Inbox", datetime(1970, 1, 1, tzinfo=UTC), False),
        (so_far(unseen=False), "\\Inbox", NOW, False),
        (so_far(draft=True), "\\Inbox", NOW, False),
        (so_far(), "\\Junk", NOW, False),
        (so_far(), "\\Sent", NOW, False),
        (so_far(), "\\All", NOW, False),
        (so_far(messageSpecialUse="\\Inbox"), "\\All", NOW, True),
        (so_far(messageSpecialUse="\\Sent"), "\\All", NOW, False),
    ],
)
def test_what_seems_new(message: MessageObject, role: str | None, came: datetime | None, is_new: bool) -> None:
    assert seems_like_new(message, role, came, NOW_MS) is is_new
