"""Writes a message from its fields: header, alternatives, related and attached files (RFC 5322, 2045). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from email.utils import format_datetime
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.draft import Correspondent, Draft, Enclosure, Stamp
from postroom.mail.composing.entities import Entity, enclosure_entity, multipart_entity, text_entity
from postroom.mail.composing.fields import address_field, ascii_domain, id_field, text_field
from postroom.mail.composing.further import further_field

__all__ = ["Composed", "compose", "new_message_id"]

_NO_DOMAIN: Final = "localhost"


@dataclass(frozen=True, slots=True)
class Composed:
    """A message: its octets, with CRLF line ends, and its Message-ID with the angle brackets."""

    octets: bytes = field(repr=False)
    message_id: str


@dataclass(frozen=True, slots=True)
class _Lines:
    """A content whose last line has its end."""

    pieces: Iterable[bytes]

    def __iter__(self) -> Iterator[bytes]:
        last = b""
        for piece in self.pieces:
            last = piece
            yield piece
        if not last.endswith(b"\r\n"):
            yield b"\r\n"


def compose(draft: Draft, stamp: Stamp) -> Composed:
    """Return the message that a draft describes."""
    id_ = draft.message_id or new_message_id(draft.sender, stamp)
    body = _body(draft, (f"=_{stamp.random}_{place}" for place in range(3)))
    fields = (*_head(draft, id_, stamp), "MIME-Version: 1.0", *body.fields)
    return Composed(Entity(tuple(fields), _Lines(body.pieces)).octets, id_)


def new_message_id(sender: Correspondent, stamp: Stamp) -> str:
    """Return a Message-ID at the sender's domain (RFC 5322 section 3.6.4)."""
    _, at, written = sender.address.rpartition("@")
    domain = ascii_domain(written) if at else ""
    is_name = domain.isascii() and domain.replace("-", "").replace(".", "").isalnum()
    return f"<{stamp.random}@{domain if is_name else _NO_DOMAIN}>"


def _head(draft: Draft, message_id: str, stamp: Stamp) -> Iterator[str]:
    written = {name.lower() for name, _ in draft.headers}
    if "date" not in written:
        yield f"Date: {format_datetime(stamp.date)}"
    yield address_field("From", (draft.sender,))
    lists = (("To", draft.to), ("Cc", draft.cc), ("Bcc", draft.bcc), ("Reply-To", draft.reply_to))
    for name, addresses in lists:
        if addresses:
            yield address_field(name, addresses)
    if draft.subject.strip():
        yield text_field("Subject", draft.subject)
    yield id_field("Message-ID", (message_id,))
    if draft.in_reply_to and "in-reply-to" not in written:
        yield id_field("In-Reply-To", (draft.in_reply_to,))
    if draft.references and "references" not in written:
        yield id_field("References", draft.references)
    for name, value in draft.headers:
        yield further_field(name, value)


def _body(draft: Draft, boundaries: Iterator[str]) -> Entity:
    embedded = [file for file in draft.enclosures if draft.html is not None and _is_embedded(file)]
    attached = [file for file in draft.enclosures if file not in embedded]
    texts = list(_texts(draft, embedded, boundaries))
    if not texts and not attached:
        texts = [text_entity("plain", "")]
    words = texts if len(texts) <= 1 else [multipart_entity("alternative", texts, next(boundaries))]
    if not attached:
        return words[0]
    return multipart_entity("mixed", [*words, *map(enclosure_entity, attached)], next(boundaries))


def _texts(draft: Draft, embedded: list[Enclosure], boundaries: Iterator[str]) -> Iterator[Entity]:
    if draft.text is not None:
        yield text_entity("plain", draft.text)
    if draft.html is None:
        return
    html = text_entity("html", draft.html)
    if embedded:
        html = multipart_entity("related", [html, *map(enclosure_entity, embedded)], next(boundaries))
    yield html


def _is_embedded(file: Enclosure) -> bool:
    return bool(file.cid) and file.disposition != "attachment"
