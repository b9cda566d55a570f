"""Reads the message that a new one answers or forwards from the server's answers to FETCH. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.parsing.envelope import Address, Envelope
from postroom.imap.responses import FetchData
from postroom.mail.composing.draft import Correspondent, Enclosure
from postroom.mail.composing.fields import is_writable_id
from postroom.mail.composing.replying import Original
from postroom.mail.identity.message_ids import bare_id, message_ids
from postroom.mail.mime.encoded_words import decode_header
from postroom.mail.mime.headers import read_headers
from postroom.mail.mime.text import read_text
from postroom.mail.mime.transfer import decode_transfer

__all__ = ["REFERENCES", "ReadOriginal", "enclosure_of", "read_original"]

REFERENCES: Final = "HEADER.FIELDS (REFERENCES IN-REPLY-TO)"
"""The section of a message, to be fetched with ENVELOPE, that places it in its thread."""

_NOTHING: Final[Mapping[str, bytes]] = {}


@dataclass(frozen=True, slots=True)
class ReadOriginal:
    """The original, and the attachments to take over."""

    original: Original
    enclosures: tuple[Enclosure, ...] = ()


def read_original(
    data: FetchData,
    texts: Mapping[str, Sequence[BodyPart]] | None = None,
    files: Iterable[BodyPart] = (),
    contents: Mapping[str, bytes] = _NOTHING,
) -> ReadOriginal:
    """Return a message of which ENVELOPE and `REFERENCES` were fetched.

    `texts` are its text parts by kind, `files` the parts to take over, and `contents` all of them by section, as
    transferred.
    """
    read = {
        kind: "\n".join(read_text(contents[part.section], kind, part.encoding, part.params) for part in parts)
        for kind, parts in (texts or {}).items()
        if parts
    }
    return ReadOriginal(_original(data, read), tuple(enclosure_of(part, contents[part.section]) for part in files))


def _original(data: FetchData, texts: Mapping[str, str]) -> Original:
    envelope = data.envelope or Envelope()
    fields = read_headers(data.sections.get(REFERENCES) or b"")
    before = fields.get("references") or fields.get("in-reply-to") or [b""]
    own = _written([bare_id(envelope.message_id)])
    return Original(
        message_id=own[0] if own else None,
        references=_written(message_ids(decode_header(before[0]))),
        subject=envelope.subject or "",
        sender=_correspondents(envelope.from_),
        reply_to=_correspondents(envelope.reply_to),
        to=_correspondents(envelope.to),
        cc=_correspondents(envelope.cc),
        date=envelope.date or "",
        text=texts.get("plain"),
        html=texts.get("html"),
    )


def _written(ids: Iterable[str]) -> tuple[str, ...]:
    """Return those ids that may stand in a header, each once."""
    return tuple(dict.fromkeys(f"<{each}>" for each in ids if is_writable_id(each)))


def _correspondents(addresses: Iterable[Address]) -> tuple[Correspondent, ...]:
    return tuple(Correspondent(each.address, each.name or "") for each in addresses)


def enclosure_of(part: BodyPart, content: bytes) -> Enclosure:
    """Return an attachment, of which the content is as transferred, for a new message.

    A file that the original's HTML shows stays such a file.
    """
    is_shown = part.content_id is not None and part.disposition != "attachment"
    kept = "".join(f'; {key}="{value}"' for key, value in part.params.items() if key in ("charset", "method"))
    return Enclosure(
        decode_transfer(content, part.encoding),
        part.content_type + kept,
        part.filename,
        "inline" if is_shown else "attachment",
        part.content_id.strip("<>") if part.content_id is not None else None,
    )
