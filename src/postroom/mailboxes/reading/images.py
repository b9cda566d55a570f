"""Attached images inside HTML: which of them are embedded, and how. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.mail.contents import Section, decoded
from postroom.words.html_entities import unescaped

__all__ = ["LARGEST_IMAGE", "MOST_IMAGES", "data_urls", "embed", "image_sections", "images_in"]

LARGEST_IMAGE: Final = 2 * 1024 * 1024
"""Octets of an image that is embedded. A larger one stays a `cid:` link."""

MOST_IMAGES: Final = 8 * 1024 * 1024
"""Octets of all embedded images of a message together."""

# SVG is not an image alone: it can hold scripts and links.
_TYPES: Final = frozenset(
    {"image/png", "image/jpeg", "image/jpg", "image/pjpeg", "image/gif", "image/webp", "image/bmp", "image/avif"}
)
_SPELT: Final = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg"}
_LINK: Final = re.compile(r"""(?<=["'(=\s])cid:([^"'\s<>()]{1,1000})""", re.IGNORECASE)


def images_in(html: str, root: BodyPart) -> list[BodyPart]:
    """Return the attached images that `html` shows by their Content-ID (RFC 2392) and that are within the limits."""
    shown = {_content_id(link[1]) for link in _LINK.finditer(html)}
    found: list[BodyPart] = []
    left = MOST_IMAGES
    for part in _images(root) if shown else ():
        size = _octets(part)
        if _id_of(part) in shown and size <= min(left, LARGEST_IMAGE):
            found.append(part)
            left -= size
    return found


def image_sections(images: list[BodyPart]) -> list[Section]:
    """Return the sections to fetch of these images."""
    return [Section(part.section, None, part.size or 0) for part in images]


def data_urls(images: list[BodyPart], told: Mapping[str, bytes | None]) -> dict[str, str]:
    """Return the images as `data:` URLs (RFC 2397) by Content-ID. One that did not come is left out."""
    found: dict[str, str] = {}
    for part in images:
        content = decoded(part, told.get(part.section.upper()))
        if 0 < len(content) <= LARGEST_IMAGE:
            kind = _SPELT.get(part.content_type, part.content_type)
            found[_id_of(part)] = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return found


def embed(html: str, images: Mapping[str, str]) -> str:
    """Return `html` with `data:` URLs in place of the links to these images. Nothing else is changed."""
    return _LINK.sub(lambda link: images.get(_content_id(link[1]), link[0]), html) if images else html


def _images(root: BodyPart) -> Iterator[BodyPart]:
    return (part for part in root.leaves() if part.content_type in _TYPES and _id_of(part) and part.size)


def _id_of(part: BodyPart) -> str:
    return (part.content_id or "").strip().removeprefix("<").removesuffix(">")


def _content_id(link: str) -> str:
    return unquote(unescaped(link))


def _octets(part: BodyPart) -> int:
    size = part.size or 0
    return size * 3 // 4 if part.encoding == "base64" else size
