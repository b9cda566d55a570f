"""Fetches the message that a new one answers or forwards, with what is needed of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.parsing.envelope import Address, Envelope
from postroom.imap.responses import FetchData
from postroom.mail.composing.draft import Correspondent, Enclosure
from postroom.mail.composing.replying import Original, message_ids
from postroom.mail.message import attachments, text_parts
from postroom.mail.mime.encoded_words import decode_header
from postroom.mail.mime.headers import read_headers
from postroom.mail.mime.text import read_text
from postroom.mail.mime.transfer import decode_transfer
from postroom.mailboxes.failures import IncompleteAnswer, ReferenceTooLarge
from postroom.mailboxes.uploading.upload import Reference
from postroom.mailboxes.visit import AtMessage, fetch_one
from postroom.tasks import aside

__all__ = ["Found", "fetch_original"]

MOST_TAKEN: Final = 20 * 1024 * 1024
"""Octets, as transferred, of all the parts that are taken over from one message."""

_HEADER: Final = "HEADER.FIELDS (REFERENCES IN-REPLY-TO)"
_OCTETS_PER_ITEM: Final = 100


@dataclass(frozen=True, slots=True)
class Found:
    """The original, and the attachments to take over."""

    original: Original
    enclosures: tuple[Enclosure, ...] = ()


async def fetch_original(at: AtMessage, reference: Reference) -> Found:
    """Return the message and what the reference needs of it.

    Raises MessageNotFound, ReferenceTooLarge, IncompleteAnswer, ServerRefused and SessionFailed.
    """
    needs_parts = reference.inline or reference.with_attachments
    items = ("ENVELOPE", f"BODY.PEEK[{_HEADER}]", *(("BODYSTRUCTURE",) if needs_parts else ()))
    data = await fetch_one(at, items)
    if not needs_parts:
        return Found(_original(data, {}))
    if data.body is None:
        raise IncompleteAnswer("The mail server did not tell the structure of the referenced message. Try again later")
    texts = text_parts(data.body) if reference.inline else {}
    files = attachments(data.body) if reference.with_attachments else ()
    wanted = [*(part for parts in texts.values() for part in parts), *files]
    contents = await _contents(at, wanted)
    size = sum(map(len, contents.values())) // _OCTETS_PER_ITEM
    return await aside(size, lambda: _found(data, texts, files, contents))


async def _contents(at: AtMessage, parts: Sequence[BodyPart]) -> dict[str, bytes]:
    """Return the content of parts by section, as transferred. One part at a time, because they may be large."""
    if sum(part.size or 0 for part in parts) > MOST_TAKEN:
        raise ReferenceTooLarge(MOST_TAKEN)
    contents: dict[str, bytes] = {}
    for part in parts:
        data = await fetch_one(at, (f"BODY.PEEK[{part.section}]",), largest=part.size)
        content = data.sections.get(part.section)
        if content is None:
            raise IncompleteAnswer("The mail server left out a part of the referenced message. Try again later")
        contents[part.section] = content
        if sum(map(len, contents.values())) > MOST_TAKEN:
            raise ReferenceTooLarge(MOST_TAKEN)
    return contents


def _found(
    data: FetchData, texts: dict[str, list[BodyPart]], files: Iterable[BodyPart], contents: dict[str, bytes]
) -> Found:
    read = {
        kind: "\n".join(read_text(contents[part.section], kind, part.encoding, part.params) for part in parts)
        for kind, parts in texts.items()
        if parts
    }
    return Found(_original(data, read), tuple(_enclosure(part, contents[part.section]) for part in files))


def _original(data: FetchData, texts: dict[str, str]) -> Original:
    envelope = data.envelope or Envelope()
    fields = read_headers(data.sections.get(_HEADER) or b"")
    before = fields.get("references") or fields.get("in-reply-to") or [b""]
    ids = message_ids(envelope.message_id or "")
    return Original(
        message_id=ids[0] if ids else None,
        references=message_ids(decode_header(before[0])),
        subject=envelope.subject or "",
        sender=_correspondents(envelope.from_),
        reply_to=_correspondents(envelope.reply_to),
        to=_correspondents(envelope.to),
        cc=_correspondents(envelope.cc),
        date=envelope.date or "",
        text=texts.get("plain"),
        html=texts.get("html"),
    )


def _correspondents(addresses: Iterable[Address]) -> tuple[Correspondent, ...]:
    return tuple(Correspondent(each.address, each.name or "") for each in addresses)


def _enclosure(part: BodyPart, content: bytes) -> Enclosure:
    """Return an attachment for a new message. A file that the original's HTML shows stays such a file."""
    is_shown = part.content_id is not None and part.disposition != "attachment"
    kept = "".join(f'; {key}="{value}"' for key, value in part.params.items() if key in ("charset", "method"))
    return Enclosure(
        decode_transfer(content, part.encoding),
        part.content_type + kept,
        part.filename,
        "inline" if is_shown else "attachment",
        part.content_id.strip("<>") if part.content_id is not None else None,
    )
