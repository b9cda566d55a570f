"""The message object of events and API, made from what FETCH told. Pure."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from postroom.clock import iso
from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.parsing.envelope import Address, Envelope
from postroom.imap.responses import FetchData
from postroom.mail.dates import date_of
from postroom.mail.flags import normal_flags, normal_labels
from postroom.mail.limits import LONGEST_WORDS, MOST_ADDRESSES, MOST_ATTACHMENTS, MOST_TEXT_PARTS

_LABEL_ROLES = {"\\inbox": "\\Inbox", "\\sent": "\\Sent", "\\draft": "\\Drafts", "\\drafts": "\\Drafts"}
_FLAGS = {"\\flagged": "flagged", "\\answered": "answered", "\\draft": "draft"}


def message_id(number: int, uid: int) -> str:
    """Return the public id: base64url of the folder's number and the UID, 32 bits each, big-endian; 11 characters."""
    return base64.urlsafe_b64encode(struct.pack(">II", number, uid)).rstrip(b"=").decode()


def attachment_id(number: int, uid: int, section: str) -> str:
    """Return the public id of one part: the message's eight bytes, then the part number as text."""
    return base64.urlsafe_b64encode(struct.pack(">II", number, uid) + section.encode()).rstrip(b"=").decode()


def message_object(
    number: int, path: str, data: FetchData, *, headers: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    """Return the message object of one FETCH answer that carries a UID; what the server did not tell is left out.

    `number` is the folder's number in message ids. Times are ISO 8601 in UTC, sizes octets.
    """
    uid = data.uid or 0
    envelope = data.envelope or Envelope()
    message: dict[str, Any] = {"id": message_id(number, uid), "uid": uid, "path": path}
    _put(message, "emailId", data.email_id or _decimal(data.gm_msgid))
    _put(message, "threadId", data.thread_id or _decimal(data.gm_thrid))
    _put(message, "date", _date(date_of(data)))
    message["flags"] = sorted(normal_flags(data.flags or ()))
    if data.gm_labels is not None:
        message["labels"] = normal_labels(data.gm_labels)
        _put(message, "messageSpecialUse", _role_of_labels(data.gm_labels))
    message |= _flag_words(data.flags)
    _put(message, "size", data.size)
    message["subject"] = (envelope.subject or "")[:LONGEST_WORDS]
    message |= _addresses(envelope)
    _put(message, "messageId", envelope.message_id)
    _put(message, "inReplyTo", envelope.in_reply_to)
    if headers:
        message["headers"] = headers
    if data.body is not None:
        message |= _content(number, uid, data.body)
    return message


def _role_of_labels(labels: Iterable[str]) -> str | None:
    """The role that Gmail's labels give a message; Draft is spelled so by Gmail."""
    folded = {label.lower() for label in labels}
    return next((role for label, role in _LABEL_ROLES.items() if label in folded), None)


def _put(message: dict[str, Any], key: str, value: object) -> None:
    if value is not None and value != "":
        message[key] = value[:LONGEST_WORDS] if isinstance(value, str) else value


def _decimal(value: int | None) -> str | None:
    return None if value is None else str(value)


def _date(moment: datetime | None) -> str | None:
    return None if moment is None else iso(int(moment.timestamp() * 1000))


def _flag_words(flags: frozenset[str] | None) -> dict[str, bool]:
    if flags is None:
        return {}
    lowered = {flag.lower() for flag in flags}
    words = {word: True for flag, word in _FLAGS.items() if flag in lowered}
    if "\\seen" not in lowered:
        words["unseen"] = True
    return words


def _addresses(envelope: Envelope) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if envelope.from_:
        found["from"] = _address(envelope.from_[0])
    if envelope.sender and envelope.sender != envelope.from_:
        found["sender"] = _address(envelope.sender[0])
    if envelope.reply_to and envelope.reply_to != envelope.from_:
        found["replyTo"] = _addresses_of(envelope.reply_to)
    found["to"] = _addresses_of(envelope.to)
    for key, addresses in (("cc", envelope.cc), ("bcc", envelope.bcc)):
        if addresses:
            found[key] = _addresses_of(addresses)
    return found


def _addresses_of(field: Sequence[Address]) -> list[dict[str, str]]:
    return [_address(each) for each in field[:MOST_ADDRESSES]]


def _address(address: Address) -> dict[str, str]:
    return {"name": (address.name or "")[:LONGEST_WORDS], "address": address.address[:LONGEST_WORDS]}


def text_parts(root: BodyPart) -> dict[str, list[BodyPart]]:
    """Return the parts that are text to read, by kind: `plain`, `html`; no more than an event carries."""
    found: dict[str, list[BodyPart]] = {"plain": [], "html": []}
    for part in root.text_parts()[:MOST_TEXT_PARTS]:
        found[part.subtype].append(part)
    return found


def attachments(root: BodyPart) -> tuple[BodyPart, ...]:
    """Return the parts that are attached, no more than an event tells of."""
    return root.attachments()[:MOST_ATTACHMENTS]


def _content(number: int, uid: int, root: BodyPart) -> dict[str, Any]:
    texts = text_parts(root)
    attached = [_attachment(number, uid, part) for part in attachments(root)]
    sections = ",".join(part.section for parts in texts.values() for part in parts)
    content: dict[str, Any] = {}
    if attached:
        content["attachments"] = attached
    content["text"] = {
        "id": attachment_id(number, uid, f"T{sections}"),
        "encodedSize": {kind: sum(part.size or 0 for part in parts) for kind, parts in texts.items() if parts},
    }
    return content


def _attachment(number: int, uid: int, part: BodyPart) -> dict[str, Any]:
    attachment: dict[str, Any] = {
        "id": attachment_id(number, uid, part.section),
        "contentType": part.content_type[:LONGEST_WORDS],
        "encodedSize": part.size or 0,
        "embedded": part.content_id is not None and part.disposition != "attachment",
        "inline": part.disposition == "inline",
    }
    _put(attachment, "filename", part.filename)
    _put(attachment, "contentId", part.content_id)
    _put(attachment, "method", part.params.get("method"))
    return attachment
