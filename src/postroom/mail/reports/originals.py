"""Finds in a report the message that it is about: an enclosed message or header, or a copy in its text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from postroom.mail.identity.message_ids import message_ids
from postroom.mail.mime.encoded_words import decode_header
from postroom.mail.mime.transfer import decode_transfer
from postroom.mail.reports.parts import ReportParts, head_of
from postroom.mail.reports.values import ReportedOriginal
from postroom.mail.reports.words import Fields, field_texts
from postroom.words.strangers import take_in

__all__ = ["find_original", "without_copy"]

_ENCLOSED: Final = ("message/rfc822", "message/global")
_HEADERS: Final = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_OWN: Final = ("message-id", "x-original-message-id", "x-original-messageid", "x-message-id", "resent-message-id")
_MOST_IDS: Final = 20
_LONGEST_ID: Final = 998
_MOST_FIELDS: Final = 100
_MOST_VALUES: Final = 20
_LONGEST_ALL: Final = 32 * 1024
# The line after which a program puts the message, or its header, into the text.
_COPY: Final = re.compile(
    r"^[ \t>*|=-]{0,80}(?:"
    r"this is a copy of (?:the|your) message|below this line is a copy of the message|copy of the message follows"
    r"|undelivered message follows|(?:original|returned|unsent) message (?:follows|headers?|below)?"
    r"|(?:message|original) headers? follows?|message header(?:s)? of the original|header of (?:the )?original"
    r"|the header of the original message is following|the following is a copy of the (?:message|header)"
    r"|original message headers?|ursprüngliche (?:nachricht|nachrichtenkopfzeilen)|kopie der nachricht"
    r"|message text follows|unzustellbare nachricht|текст сообщения|заголовки сообщения"
    r")[^\n]{0,120}$",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD: Final = re.compile(r"^[ \t>]{0,8}[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]", re.MULTILINE)
_MESSAGE_ID: Final = re.compile(r"^[ \t>]{0,8}message-id:[ \t]{0,8}(<[^<>\s]{1,990}>)", re.IGNORECASE | re.MULTILINE)


def find_original(parts: ReportParts, texts: Iterable[str]) -> ReportedOriginal:
    """Return the original message as far as the report has it."""
    fields = _enclosed(parts) or next((found for text in texts if (found := _copied(text))), {})
    return ReportedOriginal(tuple(_ids(parts.head, fields, texts)), _shown(fields))


def without_copy(text: str) -> str:
    """Return the text of a report without the copy of the message that follows it."""
    found = _COPY.search(text)
    return text if found is None else text[: found.start()]


def _enclosed(parts: ReportParts) -> Fields:
    for leaf in (*parts.of_type(*_HEADERS), *parts.of_type(*_ENCLOSED)):
        fields = head_of(decode_transfer(leaf.raw, leaf.encoding, cut=True))
        if fields:
            return fields
    return {}


def _copied(text: str) -> Fields:
    """The header of a copy in the text; some programs indent or quote it."""
    copy = _COPY.search(text)
    if copy is None:
        return {}
    first = _FIELD.search(text, copy.end())
    if first is None:
        return {}
    lines = text[first.start() :].split("\n", 500)[:500]
    margin = len(lines[0]) - len(lines[0].lstrip(" \t>"))
    block = "\n".join(line[min(margin, len(line) - len(line.lstrip(" \t>"))) :] for line in lines)
    return head_of(block.encode("utf-8", "replace"))


def _ids(head: Fields, fields: Fields, texts: Iterable[str]) -> Iterable[str]:
    """The ids of the message itself. Without them, the ids of what the report answers.

    The references of a report may name older messages of the thread, so only the last one counts.
    """
    own = [each for name in _OWN for each in field_texts(fields, name, most=3)]
    own += [] if own else [found[1] for text in texts for found in _MESSAGE_ID.finditer(text)]
    if not own:
        named = (field_texts(head, name, most=3) for name in ("x-original-message-id", "in-reply-to"))
        own = [each for values in named for each in values]
    if not own:
        own = [f"<{bare}>" for each in field_texts(head, "references", most=1) for bare in message_ids(each)[-1:]]
    bare = dict.fromkeys(bare for each in own for bare in message_ids(each))
    return [f"<{each}>" for each in bare if len(each) <= _LONGEST_ID][:_MOST_IDS]


def _shown(fields: Mapping[str, Sequence[bytes]]) -> dict[str, list[str]]:
    """The header as callers see it, of bounded size."""
    shown: dict[str, list[str]] = {}
    left = _LONGEST_ALL
    for name, values in list(fields.items())[:_MOST_FIELDS]:
        texts = [str(take_in(decode_header(raw[:4096]))) for raw in values[:_MOST_VALUES]]
        left -= len(name) + sum(map(len, texts))
        if left < 0:
            break
        shown[name[:100]] = texts
    return shown
