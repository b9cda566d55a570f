"""Which parts of a message an event or an answer includes: the sections to fetch, and what is made of them. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from postroom.footprint.dataclass import dataclass, replace
from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.responses import FetchData
from postroom.mail.html.plain import plain_of_html
from postroom.mail.limits import MOST_ATTACHED, MOST_TEXT_PARTS
from postroom.mail.message import attachments, text_parts
from postroom.mail.mime.encoded_words import decode_header
from postroom.mail.mime.headers import read_headers
from postroom.mail.mime.message import read_texts
from postroom.mail.mime.text import read_text
from postroom.mail.mime.transfer import decode_transfer
from postroom.mail.nature import NATURE_FIELDS
from postroom.mail.shapes import MessageObject

# A character may take four octets. In quoted-printable each octet takes three.
_OCTETS_PER_CHARACTER: Final = 4
_HEADER_LIMIT: Final = 256 * 1024
_SHORT_HEADER_LIMIT: Final = 16 * 1024
_WHOLE: Final = ""
ALL_HEADERS: Final = f"BODY.PEEK[HEADER]<0.{_HEADER_LIMIT}>"
"""The FETCH item for all headers."""

FIELDS_ALWAYS_READ: Final = NATURE_FIELDS
"""Header fields that come with the details of every new message, because its message object is made from them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The contents that the operator wants in `messageNew`. Sizes: characters of text, octets of an attachment."""

    text: bool
    text_size: int
    headers: tuple[str, ...]
    attachments: bool
    attachment_size: int
    links: bool = False
    """Whether to fetch what links the message to its thread, besides the contents of the event."""

    @property
    def text_limit(self) -> int:
        """The octets of one part that are enough for the text in any encoding."""
        return self.text_size * _OCTETS_PER_CHARACTER

    @property
    def header_item(self) -> str:
        """The FETCH item for the headers: the wanted ones, and those that every message object is made from."""
        return _header_item(self.headers, self.links)

    @property
    def names(self) -> list[str]:
        """The wanted header names that a server can be asked for."""
        return _askable(self.headers)


def _askable(headers: tuple[str, ...]) -> list[str]:
    return [name for name in headers if name.isascii() and name.replace("-", "").replace("_", "").isalnum()]


# All accounts want the same headers until somebody changes the settings.
@lru_cache(maxsize=8)
def _header_item(headers: tuple[str, ...], links: bool) -> str:
    if "*" in headers:
        return ALL_HEADERS
    names, more = _askable(headers), ("REFERENCES",) if links else ()
    asked = dict.fromkeys([*FIELDS_ALWAYS_READ, *more, *(name.upper() for name in names)])
    limit = _HEADER_LIMIT if names else _SHORT_HEADER_LIMIT
    return f"BODY.PEEK[HEADER.FIELDS ({' '.join(asked)})]<0.{limit}>"


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a message to fetch: at most `limit` octets, None for all. `size` is the expected size in octets."""

    name: str
    limit: int | None
    size: int

    @property
    def item(self) -> str:
        """The FETCH item. It does not set \\Seen."""
        partial = "" if self.limit is None else f"<0.{self.limit}>"
        return f"BODY.PEEK[{self.name}]{partial}"

    @property
    def key(self) -> str:
        """The key of the answer in `FetchData.sections`."""
        return self.name.upper() if self.limit is None else f"{self.name.upper()}<0>"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a message by kind, `plain` and `html`. `is_cut` means that the message has more."""

    by_kind: Mapping[str, str]
    is_cut: bool

    @property
    def has_words(self) -> bool:
        """Whether the message has a plain text with anything in it."""
        return bool(self.by_kind.get("plain", "").strip())

    @property
    def html(self) -> str | None:
        """The HTML, None when there is none."""
        return self.by_kind.get("html")

    def plain(self) -> str | None:
        """Return the plain text; it is made of the HTML when it is missing or blank. None when there is no text.

        Some programs send an empty plain text beside the HTML.
        """
        if self.html is not None and not self.has_words:
            return plain_of_html(self.html)
        return self.by_kind.get("plain")


def sections(data: FetchData, wanted: Wanted) -> tuple[Section, ...]:
    """Return the sections to fetch of a message whose details are known."""
    found: list[Section] = []
    limit = wanted.text_limit
    if wanted.text and not has_structure(data):
        found += whole_section(data, limit) if data.size else []
    elif wanted.text and data.body is not None:
        found += text_sections([part for parts in text_parts(data.body).values() for part in parts], limit)
    if wanted.attachments and data.body is not None:
        attached = [
            Section(part.section, None, part.size or 0)
            for part in attachments(data.body)
            if part.size is not None and _decoded_size(part) <= wanted.attachment_size
        ]
        found += _within(MOST_ATTACHED, attached)
    return tuple(found)


def text_sections(parts: Iterable[BodyPart], limit: int) -> list[Section]:
    """Return the sections to fetch of text parts: those that begin within the first `limit` octets of all."""
    return list(_within(limit, [_section(part.section, part.size, limit) for part in parts]))


def whole_section(data: FetchData, limit: int) -> list[Section]:
    """Return the section to fetch of a message whose structure is unusable; none if it is empty."""
    return [] if data.size == 0 else [_section(_WHOLE, data.size, limit)]


def _within(budget: int, needed: Iterable[Section]) -> Iterator[Section]:
    """Yield the first sections, up to and including the one that exceeds the budget in octets."""
    used = 0
    for each in needed:
        if used >= budget:
            return
        used += each.size
        yield each


def has_structure(data: FetchData) -> bool:
    """Whether BODYSTRUCTURE is usable; otherwise the message itself must be read.

    For a multipart without a boundary, servers report a multipart with no content.
    """
    if data.body is None or data.body.is_guessed:
        return False
    return data.body.type != "multipart" or any(part.size for part in data.body.leaves())


def _section(name: str, size: int | None, limit: int) -> Section:
    if size is not None and size <= limit:
        return Section(name, None, size)
    return Section(name, limit, limit)


def _decoded_size(part: BodyPart) -> int:
    size = part.size or 0
    return size * 3 // 4 if part.encoding == "base64" else size


def groups(
    messages: Iterable[FetchData], wanted: Wanted, budget: int
) -> Iterable[list[tuple[FetchData, tuple[Section, ...]]]]:
    """Split messages into groups whose sections have at most `budget` octets together. A message is never split."""
    group: list[tuple[FetchData, tuple[Section, ...]]] = []
    used = 0
    for data in messages:
        needed = sections(data, wanted)
        size = sum(each.size for each in needed)
        if group and used + size > budget:
            yield group
            group, used = [], 0
        group.append((data, needed))
        used += size
    if group:
        yield group


def headers(data: FetchData, wanted: Wanted) -> dict[str, list[str]] | None:
    """Return the wanted headers by lower-case name, decoded to text; None when none are wanted."""
    if not wanted.names and "*" not in wanted.headers:
        return None
    names = {name.lower() for name in wanted.headers}
    told = all_headers(data) or {}
    return {name: values for name, values in told.items() if "*" in names or name in names}


def all_headers(data: FetchData) -> dict[str, list[str]] | None:
    """Return all headers that came, by lower-case name, decoded to text; None if the server sent none."""
    blocks = [value for key, value in data.sections.items() if key.startswith("HEADER") and value is not None]
    if not blocks:
        return None
    # A server may return more than was asked for, here and below.
    fields = read_headers(blocks[0][:_HEADER_LIMIT])
    return {name: [decode_header(value) for value in values] for name, values in fields.items()}


def fill(message: MessageObject, data: FetchData, told: Mapping[str, bytes | None], wanted: Wanted) -> None:
    """Put the fetched sections, given by their keys, into the message object."""
    if wanted.text and not has_structure(data):
        _put_texts(message, read_whole(data, told, wanted.text_limit), wanted.text_size)
    elif wanted.text and data.body is not None:
        texts = read_parts(text_parts(data.body), told, wanted.text_limit)
        has_more_parts = len(data.body.text_parts()) > MOST_TEXT_PARTS
        _put_texts(message, replace(texts, is_cut=texts.is_cut or has_more_parts), wanted.text_size)
    if wanted.attachments and data.body is not None:
        _put_attachments(message, data.body, told)


def read_whole(data: FetchData, told: Mapping[str, bytes | None], limit: int) -> Texts:
    """Return the texts of a message that was fetched whole, up to `limit` octets, as its structure is unusable.

    One that did not come has no text and counts as cut.
    """
    whole = next((value for key, value in told.items() if key in ("", "<0>") and value), b"")
    is_cut = _is_cut(whole, data.size, limit) if whole else bool(data.size)
    return Texts(read_texts(whole[:limit], cut=is_cut), is_cut)


def read_parts(by_kind: Mapping[str, Iterable[BodyPart]], told: Mapping[str, bytes | None], limit: int) -> Texts:
    """Return the texts of parts that were fetched one by one, each up to `limit` octets. Parts of a kind are joined.

    A part that did not come is left out, and the texts count as cut.
    """
    texts: dict[str, str] = {}
    cut = False
    for kind, parts in by_kind.items():
        raws = [(part, _told(told, part.section)) for part in parts]
        cut = cut or any(raw is None or _is_cut(raw, part.size, limit) for part, raw in raws)
        pieces = [
            read_text(raw[:limit], part.subtype, part.encoding, part.params, cut=_is_cut(raw, part.size, limit))
            for part, raw in raws
            if raw is not None
        ]
        if pieces:
            texts[kind] = "\n".join(pieces)
    return Texts(texts, cut)


def _is_cut(raw: bytes, size: int | None, limit: int) -> bool:
    """Whether content of this announced size goes on after its first `limit` octets.

    Content that ends before the limit is whole: some servers announce more than there is.
    """
    return len(raw) > limit or len(raw) == limit < (size or 0)


def _told(told: Mapping[str, bytes | None], section: str) -> bytes | None:
    """Return the content of a section; None if it did not come."""
    name = section.upper()
    whole = told.get(name)
    return whole if whole is not None else told.get(f"{name}<0>")


def decoded(part: BodyPart, raw: bytes | None) -> bytes:
    """Return the content of a part that was fetched whole, without its transfer encoding; empty if it did not come."""
    return decode_transfer(raw, part.encoding) if raw else b""


def _put_texts(message: MessageObject, texts: Texts, size: int) -> None:
    shown = message.setdefault("text", {})
    plain, html = texts.plain(), texts.html
    if plain is not None:
        shown["plain"] = plain[:size]
    if html is not None:
        shown["html"] = html[:size]
    shown["hasMore"] = texts.is_cut or any(len(text or "") > size for text in (plain, html))


def _put_attachments(message: MessageObject, body: BodyPart, told: Mapping[str, bytes | None]) -> None:
    for shown, part in zip(message.get("attachments", ()), attachments(body), strict=False):
        raw = _told(told, part.section)
        if raw is not None:
            content = decode_transfer(raw[: part.size or 0], part.encoding)
            shown["content"] = base64.b64encode(content).decode()
