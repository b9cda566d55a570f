"""The message object."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.parsing.envelope import Address, Envelope
from postroom.imap.responses import FetchData
from postroom.mail.ids import attachment_id, message_id
from postroom.mail.limits import LONGEST_WORDS, MOST_ADDRESSES, MOST_ATTACHMENTS, MOST_FLAGS
from postroom.mail.message import message_object


def part(section: str, content_type: str, **more: Any) -> BodyPart:
    kind, subtype = content_type.split("/")
    return BodyPart(section, kind, subtype, **more)


def test_a_whole_message() -> None:
    envelope = Envelope(
        date="Sun, 1 Mar 2026 12:00:00 +0000",
        subject="Zwölf Boxkämpfer",
        from_=(Address("Ann", "ann", "example.test"),),
        sender=(Address("Ann", "ann", "example.test"),),
        reply_to=(Address(None, "list", "example.test"),),
        to=(Address(None, "bob", "example.test"), Address("Cy", "cy", "example.test")),
        message_id="<1@example.test>",
    )
    body = part(
        "TEXT",
        "multipart/mixed",
        parts=(
            part("1", "text/plain", size=120),
            part("2", "application/pdf", size=900, disposition="attachment", disposition_params={"filename": "a.pdf"}),
        ),
    )
    data = FetchData(
        5,
        uid=9,
        flags=frozenset({"\\Flagged"}),
        internal_date=datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC),
        size=1500,
        envelope=envelope,
        body=body,
    )
    assert message_object(2, "INBOX", data) == {
        "id": message_id(2, 9),
        "uid": 9,
        "path": "INBOX",
        "stableId": "m.zLkFyPDKfksAAAXc",
        "date": "2026-03-01T12:00:00.000Z",
        "flags": ["\\Flagged"],
        "flagged": True,
        "unseen": True,
        "size": 1500,
        "subject": "Zwölf Boxkämpfer",
        "from": {"name": "Ann", "address": "ann@example.test"},
        "replyTo": [{"name": "", "address": "list@example.test"}],
        "to": [{"name": "", "address": "bob@example.test"}, {"name": "Cy", "address": "cy@example.test"}],
        "messageId": "<1@example.test>",
        "attachments": [
            {
                "id": attachment_id(2, 9, "2"),
                "contentType": "application/pdf",
                "encodedSize": 900,
                "embedded": False,
                "inline": False,
                "filename": "a.pdf",
            }
        ],
        "text": {"id": attachment_id(2, 9, "T1"), "encodedSize": {"plain": 120}},
    }


def test_a_message_of_which_little_can_be_read_is_still_an_object() -> None:
    assert message_object(1, "INBOX", FetchData(1, uid=3)) == {
        "id": message_id(1, 3),
        "uid": 3,
        "path": "INBOX",
        "flags": [],
        "subject": "",
        "to": [],
    }


def test_an_enclosed_message_is_one_attachment() -> None:
    enclosed = part("2", "message/rfc822", size=300, parts=(part("2.1", "text/plain", size=10),))
    body = part("TEXT", "multipart/mixed", parts=(part("1", "text/html", size=5), enclosed))
    made = message_object(1, "INBOX", FetchData(1, uid=3, body=body))
    assert [each["contentType"] for each in made["attachments"]] == ["message/rfc822"]
    assert made["text"]["encodedSize"] == {"html": 5}


def test_a_message_beyond_all_measure_is_told_as_far_as_it_is_sane() -> None:
    address = Address("n" * 99_999, "a", "example.test")
    envelope = Envelope(subject="s" * 99_999, to=(address,) * (MOST_ADDRESSES + 1))
    parts = tuple(part(str(number), "image/png", size=1, params={"name": "f" * 99_999}) for number in range(2_000))
    data = FetchData(
        1,
        7,
        flags=frozenset(map(str, range(999))),
        envelope=envelope,
        body=part("TEXT", "multipart/mixed", parts=parts),
        gm_labels=tuple(map(str, range(999))),
    )
    message = message_object(3, "INBOX", data)
    assert len(message["subject"]) == LONGEST_WORDS
    assert (len(message["to"]), len(message["to"][0]["name"])) == (MOST_ADDRESSES, LONGEST_WORDS)
    assert (len(message["flags"]), len(message["labels"])) == (MOST_FLAGS, MOST_FLAGS)
    assert len(message["attachments"]) == MOST_ATTACHMENTS
    assert len(message["attachments"][0]["filename"]) == LONGEST_WORDS
