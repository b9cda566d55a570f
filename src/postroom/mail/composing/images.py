"""Turns images that HTML holds as data URIs into files of the message, because many readers show no data URIs. Pure."""

from __future__ import annotations

import binascii
import re
from dataclasses import field, replace
from typing import Final
from urllib.parse import unquote_to_bytes

from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.compose import new_message_id
from postroom.mail.composing.draft import Draft, Enclosure, Stamp
from postroom.words.html_entities import unescaped

__all__ = ["MOST_IMAGES", "with_inline_images"]

MOST_IMAGES: Final = 200
"""Different images that become files. Further ones stay where they are."""

# Every repetition is bounded, or ends at the next quote, so the search takes time in proportion to the length.
_IMAGE: Final = re.compile(
    r"(<img\b[^<>]{0,1000}?\ssrc\s{0,9}=\s{0,9})"
    r"(?:\"(\s{0,9}data:image/[^\"]*)\"|'(\s{0,9}data:image/[^']*)'|(data:image/[^\s\"'<>]+))",
    re.IGNORECASE,
)
_TYPE: Final = re.compile(r"image/[a-z0-9][a-z0-9.+-]{0,60}")
_SPACES: Final = re.compile(rb"[ \t\r\n\f]+")
_ESCAPED: Final = re.compile(rb"[ \t\r\n\f%&]")
_ENDINGS: Final = {"jpeg": "jpg", "svg+xml": "svg", "x-icon": "ico", "vnd.microsoft.icon": "ico"}


def with_inline_images(draft: Draft, stamp: Stamp) -> Draft:
    """Return the draft with its images as inline files, each once. A data URI that is damaged stays as it is."""
    if draft.html is None or "data:image/" not in draft.html.lower():
        return draft
    found = _Images(new_message_id(draft.sender, stamp)[1:-1])
    text = _IMAGE.sub(found.replaced, draft.html)
    return replace(draft, html=text, enclosures=(*draft.enclosures, *found.files.values()))


@dataclass(frozen=True, slots=True)
class _Images:
    """The images found so far, by type and content. `id_` ends the name of each."""

    id_: str
    files: dict[tuple[str, bytes], Enclosure] = field(default_factory=dict)

    def replaced(self, found: re.Match[str]) -> str:
        image = _read(found)
        if image is None or (image not in self.files and len(self.files) >= MOST_IMAGES):
            return found[0]
        number = len(self.files) + 1
        kind, content = image
        ending = kind.removeprefix("image/")
        name = f"image{number}.{_ENDINGS.get(ending, ending)}"
        file = self.files.setdefault(image, Enclosure(content, kind, name, "inline", f"image{number}.{self.id_}"))
        return f'{found[1]}"cid:{file.cid}"'


def _read(found: re.Match[str]) -> tuple[str, bytes] | None:
    """Return type and content of a data URI (RFC 2397), None when it is none or holds nothing."""
    uri = found.string[slice(*found.span(found.lastindex or 0))].encode("utf-8", "replace").strip()
    comma = uri.find(b",")
    about = uri[len("data:") : comma].decode("utf-8", "replace").lower()
    kind, *parameters = map(str.strip, about.split(";"))
    if comma < 0 or not _TYPE.fullmatch(kind):
        return None
    is_base64 = "base64" in parameters
    data = _unescaped(uri, comma + 1, is_base64=is_base64)
    if is_base64:
        try:
            data = binascii.a2b_base64(data, strict_mode=True)
        except binascii.Error:
            return None
    return (kind, bytes(data)) if data else None


def _unescaped(uri: bytes, start: int, *, is_base64: bool) -> bytes | memoryview:
    """Return the data of a URI without the escapes of HTML and of URIs. It is copied only if it has any."""
    if not _ESCAPED.search(uri, start):
        return memoryview(uri)[start:]
    data = uri[start:]
    if b"&" in data:
        data = unescaped(data.decode("utf-8", "replace")).encode("utf-8", "replace")
    data = unquote_to_bytes(data)
    return _SPACES.sub(b"", data) if is_base64 else data
