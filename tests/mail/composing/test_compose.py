"""Whole messages: their structure, their header, and that other readers understand them."""

from __future__ import annotations

import email.policy
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any

import pytest

from postroom.mail.composing.compose import compose, new_message_id
from postroom.mail.composing.draft import Correspondent, Draft, Enclosure, Stamp
from postroom.mail.mime.message import read_texts

JO = Correspondent("jo@example.com", "Jörg")
STAMP = Stamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "0123456789abcdef")
PIXEL = Enclosure(b"pixel", "image/png", "p.png", None, "p1")
PAPER = Enclosure(b"paper", "application/pdf", "Übersicht.pdf")


def written(**fields: Any) -> EmailMessage:
    octets = compose(Draft(JO, **fields), STAMP).octets
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert b"\r" not in octets.replace(b"\r\n", b"")
    assert octets.endswith(b"\r\n")
    message = message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk() if part.defects] == []
    return message


def tree(message: Any) -> Any:
    kind = message.get_content_type()
    return (kind, *map(tree, message.iter_parts())) if message.is_multipart() else kind


@pytest.mark.parametrize(
    ("fields", "structure"),
    [
        ({}, "text/plain"),
        ({"text": "a"}, "text/plain"),
        ({"html": "<p>a"}, "text/html"),
        ({"text": "a", "html": "<p>a"}, ("multipart/alternative", "text/plain", "text/html")),
        ({"enclosures": (PAPER,)}, ("multipart/mixed", "application/pdf")),
        ({"text": "a", "enclosures": (PAPER,)}, ("multipart/mixed", "text/plain", "application/pdf")),
        ({"text": "a", "enclosures": (PIXEL,)}, ("multipart/mixed", "text/plain", "image/png")),
        ({"html": "a", "enclosures": (PIXEL,)}, ("multipart/related", "text/html", "image/png")),
        (
            {"text": "a", "html": "<img src=cid:p1>", "enclosures": (PAPER, PIXEL)},
            (
                "multipart/mixed",
                ("multipart/alternative", "text/plain", ("multipart/related", "text/html", "image/png")),
                "application/pdf",
            ),
        ),
    ],
)
def test_the_structure_follows_from_what_there_is(fields: dict[str, Any], structure: Any) -> None:
    assert tree(written(**fields)) == structure


def test_the_header_says_who_what_and_when() -> None:
    message = written(
        to=(Correspondent("a@b.example"),),
        cc=(Correspondent("c@d.example", "C"),),
        bcc=(Correspondent("e@f.example"),),
        reply_to=(Correspondent("r@s.example"),),
        subject="Grüße",
        text="ü",
        in_reply_to="<1@x>",
        references=("<0@x>", "<1@x>"),
        headers=(("X-Mine", "ä"), ("List-Id", "<l.example.com>")),
    )
    assert str(message["from"]) == "Jörg <jo@example.com>"
    assert message["date"].datetime == STAMP.date
    assert {name: str(message[name]) for name in ("to", "cc", "bcc", "reply-to", "subject", "x-mine", "list-id")} == {
        "to": "a@b.example",
        "cc": "C <c@d.example>",
        "bcc": "e@f.example",
        "reply-to": "r@s.example",
        "subject": "Grüße",
        "x-mine": "ä",
        "list-id": "<l.example.com>",
    }
    assert (message["in-reply-to"], message["references"]) == ("<1@x>", "<0@x> <1@x>")
    assert message["message-id"] == "<0123456789abcdef@example.com>"
    assert message["mime-version"] == "1.0"


def test_fields_of_the_callers_own_are_not_doubled() -> None:
    headers = (("Date", "Thu, 01 Jan 2026 00:00:00 +0000"), ("References", "<a@b>"), ("In-Reply-To", "<a@b>"))
    message = written(headers=headers, in_reply_to="<1@x>", references=("<1@x>",))
    assert [message.get_all(name) for name, _ in headers] == [[value] for _, value in headers]


def test_a_message_id_is_the_callers_or_a_new_one() -> None:
    assert compose(Draft(JO, message_id="<mine@x>"), STAMP).message_id == "<mine@x>"
    assert new_message_id(Correspondent("jo@bücher.example"), STAMP) == "<0123456789abcdef@xn--bcher-kva.example>"
    for odd in ("jo@[127.0.0.1]", "nobody", "jo@..ü"):
        assert new_message_id(Correspondent(odd), STAMP) == "<0123456789abcdef@localhost>"


def test_our_own_reader_finds_the_texts() -> None:
    draft = Draft(JO, text="Hällo\n", html="<p>日本</p>", enclosures=(PAPER, PIXEL))
    assert read_texts(compose(draft, STAMP).octets) == {"plain": "Hällo\n", "html": "<p>日本</p>"}
