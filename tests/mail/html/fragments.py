"""Reads fragments of HTML again, and finds what must not be in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postroom.mail.html.allowed import ATTRIBUTES, ELEMENTS, PROPERTIES

_ADDED = {"a": {"target", "rel"}, "img": {"data-src"}}
_LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_IMAGE = re.compile(r"https?://[^\s]+|data:image/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=]*", re.IGNORECASE)
_BAD_STYLE = re.compile(r"expression|javascript|@import|behaviou?r|binding|\\|</|position\s*:", re.IGNORECASE)


def elements(html: str) -> list[LexborNode]:
    """Every element that a browser makes of a fragment inside the body of a page."""
    tree = LexborHTMLParser(f"<!doctype html><body><section>{html}</section>")
    assert tree.body is not None
    outer = tree.body.first_child
    assert outer is not None
    assert outer.next is None, "the fragment closed what is around it"
    return [node for node in outer.traverse(include_text=False) if node.mem_id != outer.mem_id]


def dangers(html: str) -> list[str]:
    """What a fragment has that is not in the documented list."""
    return [danger for node in elements(html) for danger in _dangers_of(node)]


def _dangers_of(node: LexborNode) -> Iterator[str]:
    tag = node.tag or ""
    if tag not in ELEMENTS:
        yield f"element {tag}"
    known = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | _ADDED.get(tag, set()) | {"data-background"}
    for name, value in node.attributes.items():
        value = value or ""
        if name not in known:
            yield f"attribute {name} of {tag}"
        if name == "href" and not _LINK.match(value):
            yield f"link to {value}"
        if name in ("src", "background", "data-src", "data-background") and not _IMAGE.fullmatch(value):
            yield f"image from {value}"
        if name == "style":
            yield from _dangers_of_style(value)
    if tag == "a" and (node.attributes.get("target"), node.attributes.get("rel")) != (
        "_blank",
        "noopener noreferrer nofollow",
    ):
        yield "a link that knows the page it is on"


def _dangers_of_style(style: str) -> Iterator[str]:
    if found := _BAD_STYLE.search(style):
        yield f"style with {found[0]}"
    for name in re.findall(r"(?:^|;)\s*([a-z-]+)\s*:", re.sub(r"\"[^\"]*\"", "", style)):
        if name not in PROPERTIES:
            yield f"property {name}"
