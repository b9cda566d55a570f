"""Reads the text of a message from its parts: only those that are needed, each up to a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.responses import FetchData
from postroom.mail.contents import Section, Texts, has_structure, read_parts, read_whole, text_sections, whole_section
from postroom.mail.shapes import TextObject
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.reading.images import data_urls, image_sections, images_in
from postroom.mailboxes.reading.shown import show
from postroom.mailboxes.reading.wishes import TextWish
from postroom.mailboxes.visit import AtMessage, fetch_one
from postroom.tasks import aside

__all__ = ["TextParts", "read_text"]

TextParts = Mapping[str, Sequence[BodyPart]]
"""Text parts by kind, `plain` and `html`."""

_Told = Mapping[str, bytes | None]
# Octets of text that take one microsecond to decode, convert and sanitise, in the worst case.
_OCTETS_PER_ITEM: Final = 2
# Some servers announce a line break for a part that is empty.
_LINE_BREAK: Final = 2


async def read_text(at: AtMessage, data: FetchData, parts: TextParts, wish: TextWish) -> TextObject:
    """Return the text that the caller wants of a message whose details are known; `parts` are its text parts.

    Raises MessageNotFound, IncompleteAnswer when content does not come, and what `FolderVisit.run` raises.
    """
    chosen = wish.chosen(parts)
    texts, octets = await _texts(at, data, chosen, wish.limit)
    if wish.has_plain and has_structure(data) and not chosen["html"] and not texts.has_words:
        # Only now it is known that the plain text has to be made of the HTML.
        more, more_octets = await _texts(at, data, {"html": parts.get("html", ())}, wish.limit)
        texts = Texts({**texts.by_kind, **more.by_kind}, texts.is_cut or more.is_cut)
        octets += more_octets
    images = await _images(at, data, texts, wish)
    octets += sum(map(len, images.values()))
    return await aside(octets // _OCTETS_PER_ITEM, partial(show, texts, wish, images))


async def _texts(at: AtMessage, data: FetchData, parts: TextParts, limit: int) -> tuple[Texts, int]:
    """Return the texts as they are in the message, and the octets that were read."""
    if not has_structure(data):
        told = await _fetch(at, whole_section(data, limit))
        return await _decoded(told, partial(read_whole, data, told, limit))
    needed = [section for each in parts.values() for section in text_sections(each, limit)]
    told = await _fetch(at, needed)
    return await _decoded(told, partial(read_parts, parts, told, limit))


async def _decoded(told: _Told, read: partial[Texts]) -> tuple[Texts, int]:
    octets = sum(len(each or b"") for each in told.values())
    return await aside(octets // _OCTETS_PER_ITEM, read), octets


async def _images(at: AtMessage, data: FetchData, texts: Texts, wish: TextWish) -> dict[str, str]:
    """Return the images to embed; one that the server does not give stays a link."""
    html = texts.by_kind.get("html")
    if not (wish.embeds_images and wish.has_html) or html is None or data.body is None:
        return {}
    images = images_in(html, data.body)
    if not images:
        return {}
    told = await _ask(at, image_sections(images))
    return await aside(sum(part.size or 0 for part in images) // _OCTETS_PER_ITEM, partial(data_urls, images, told))


async def _fetch(at: AtMessage, sections: Sequence[Section]) -> _Told:
    """Return the content of sections by their keys. Raises IncompleteAnswer when some of it did not come."""
    empty = {each.key: b"" for each in sections if not each.size}
    needed = [each for each in sections if each.size]
    if not needed:
        return empty
    told = await _ask(at, needed)
    for each in needed:
        content = told.get(each.key, told.get(each.name.upper(), told.get(f"{each.name.upper()}<0>")))
        if content is None or (not content and each.size > _LINE_BREAK):
            part = f"part {each.name}" if each.name else "the content"
            raise IncompleteAnswer(f"The mail server did not give {part} of the message. Try again later")
    return {**told, **empty}


async def _ask(at: AtMessage, sections: Sequence[Section]) -> _Told:
    # Some servers report sizes that are slightly wrong.
    largest = 2 * max(each.size for each in sections)
    data = await fetch_one(at, ("UID", *(each.item for each in sections)), largest=largest)
    return data.sections
