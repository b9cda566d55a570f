"""The message object of events and API, made from FETCH responses. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from postroom.clock import iso_of
from postroom.imap.capabilities import GMAIL
from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.parsing.envelope import Address, Envelope
from postroom.imap.responses import FetchData
from postroom.mail.dates import date_of
from postroom.mail.flags import normal_flags, normal_labels
from postroom.mail.identity.stable_ids import stable_id
from postroom.mail.ids import attachment_id, message_id, text_id
from postroom.mail.limits import LONGEST_WORDS, MOST_ADDRESSES, MOST_ATTACHMENTS, MOST_TEXT_PARTS
from postroom.mail.nature import put_nature
from postroom.mail.shapes import AddressObject, AttachmentObject, MessageObject

_DETAILS: Final = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE")
_LABEL_ROLES = {"\\inbox": "\\Inbox", "\\sent": "\\Sent", "\\draft": "\\Drafts", "\\drafts": "\\Drafts"}


def detail_items(capabilities: Collection[str]) -> tuple[str, ...]:
    """Return the FETCH items for everything that a message object has, at a server with these capabilities."""
    ids = ("EMAILID", "THREADID") if "OBJECTID" in capabilities else ()
    google = ("X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS") if GMAIL in capabilities else ()
    return (*_DETAILS, *ids, *google)


def message_object(
    number: int, path: str, data: FetchData, *, headers: dict[str, list[str]] | None = None
) -> MessageObject:
    """Return the message object of a FETCH response that has a UID. Data that the server did not send is left out.

    `number` is the folder's number in message ids. The members have the order in which they are set here.
    """
    uid = data.uid or 0
    # The other required members are added below, in their order.
    message: MessageObject = {"id": message_id(number, uid), "uid": uid, "path": path}  # type: ignore[typeddict-item]
    if stable := stable_id(data):
        message["stableId"] = stable
    if email_id := data.email_id or _decimal(data.gm_msgid):
        message["emailId"] = email_id[:LONGEST_WORDS]
    if thread_id := data.thread_id or _decimal(data.gm_thrid):
        message["threadId"] = thread_id[:LONGEST_WORDS]
    if (date := date_of(data)) is not None:
        message["date"] = iso_of(date)
    _put_flags(message, data)
    put_nature(message, data)
    if data.size is not None:
        message["size"] = data.size
    _put_envelope(message, data.envelope or Envelope())
    if headers:
        message["headers"] = headers
    if data.body is not None:
        _put_content(message, number, uid, data.body)
    return message


def _decimal(value: int | None) -> str | None:
    return None if value is None else str(value)


def _put_flags(message: MessageObject, data: FetchData) -> None:
    """Put the flags and labels, and the members derived from them."""
    message["flags"] = sorted(normal_flags(data.flags or ()))
    if data.gm_labels is not None:
        message["labels"] = normal_labels(data.gm_labels)
        if role := _role_of_labels(data.gm_labels):
            message["messageSpecialUse"] = role
    if data.flags is None:
        return
    lowered = {flag.lower() for flag in data.flags}
    if "\\flagged" in lowered:
        message["flagged"] = True
    if "\\answered" in lowered:
        message["answered"] = True
    if "\\draft" in lowered:
        message["draft"] = True
    if "\\seen" not in lowered:
        message["unseen"] = True


def _role_of_labels(labels: Iterable[str]) -> str | None:
    """Return the role that Gmail's labels give a message. Gmail spells the label \\Draft, without an s."""
    folded = {label.lower() for label in labels}
    return next((role for label, role in _LABEL_ROLES.items() if label in folded), None)


def _put_envelope(message: MessageObject, envelope: Envelope) -> None:
    message["subject"] = (envelope.subject or "")[:LONGEST_WORDS]
    if envelope.from_:
        message["from"] = _address(envelope.from_[0])
    if envelope.sender and envelope.sender != envelope.from_:
        message["sender"] = _address(envelope.sender[0])
    if envelope.reply_to and envelope.reply_to != envelope.from_:
        message["replyTo"] = _addresses(envelope.reply_to)
    message["to"] = _addresses(envelope.to)
    if envelope.cc:
        message["cc"] = _addresses(envelope.cc)
    if envelope.bcc:
        message["bcc"] = _addresses(envelope.bcc)
    if envelope.message_id:
        message["messageId"] = envelope.message_id[:LONGEST_WORDS]
    if envelope.in_reply_to:
        message["inReplyTo"] = envelope.in_reply_to[:LONGEST_WORDS]


def _addresses(field: Sequence[Address]) -> list[AddressObject]:
    return [_address(each) for each in field[:MOST_ADDRESSES]]


def _address(address: Address) -> AddressObject:
    return {"name": (address.name or "")[:LONGEST_WORDS], "address": address.address[:LONGEST_WORDS]}


def text_parts(root: BodyPart) -> dict[str, list[BodyPart]]:
    """Return the text parts by kind, `plain` and `html`; at most as many as an event carries."""
    return _by_kind(root.text_parts())


def _by_kind(texts: Sequence[BodyPart]) -> dict[str, list[BodyPart]]:
    found: dict[str, list[BodyPart]] = {"plain": [], "html": []}
    for part in texts[:MOST_TEXT_PARTS]:
        found[part.subtype].append(part)
    return found


def attachments(root: BodyPart) -> tuple[BodyPart, ...]:
    """Return the attached parts; at most as many as an event carries."""
    return root.attachments()[:MOST_ATTACHMENTS]


def _put_content(message: MessageObject, number: int, uid: int, root: BodyPart) -> None:
    """Put the attachments, and the text with its id."""
    own = root.text_parts()
    attached = [_attachment(number, uid, part) for part in root.attachments(own)[:MOST_ATTACHMENTS]]
    if attached:
        message["attachments"] = attached
    texts = _by_kind(own)
    message["text"] = {
        "id": text_id(number, uid, [part.section for parts in texts.values() for part in parts]),
        "encodedSize": {kind: sum(part.size or 0 for part in parts) for kind, parts in texts.items() if parts},
    }


def _attachment(number: int, uid: int, part: BodyPart) -> AttachmentObject:
    attachment: AttachmentObject = {
        "id": attachment_id(number, uid, part.section),
        "contentType": part.content_type[:LONGEST_WORDS],
        "encodedSize": part.size or 0,
        "embedded": part.content_id is not None and part.disposition != "attachment",
        "inline": part.disposition == "inline",
    }
    if part.filename:
        attachment["filename"] = part.filename[:LONGEST_WORDS]
    if part.content_id:
        attachment["contentId"] = part.content_id[:LONGEST_WORDS]
    if method := part.params.get("method"):
        attachment["method"] = method[:LONGEST_WORDS]
    return attachment
