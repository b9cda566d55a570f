"""Finds quotes and signatures in HTML by the marks that mail programs leave. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from postroom.mail.html.bounds import bounded
from postroom.mail.quoting.kinds import PieceKind, settled

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

__all__ = ["split_elements"]

_QUOTE_CLASSES: Final = frozenset({"gmail_quote", "gmail_attr", "moz-cite-prefix", "moz-forward-container"})
_YAHOO: Final = "yahoo_quoted"
_SIGNATURE_CLASSES: Final = frozenset({"gmail_signature", "gmail_signature_prefix", "moz-signature"})
_SIGNATURE_IDS: Final = frozenset({"Signature", "ms-outlook-mobile-signature", "AppleMailSignature"})
_CUT_IDS: Final = frozenset({"divRplyFwdMsg", "appendonsend"})
# The line that Outlook draws above the block with the sender and the subject.
_CUT_STYLES: Final = ("border-top:solid#e1e1e1", "border-top:solid#b5c4df")
# What each mark above has in it. Most mail that is large has none, and need not be parsed.
_ANY_MARK: Final = re.compile(
    "gmail_|moz-|yahoo_quoted|signature|divrplyfwdmsg|appendonsend|border-top|blockquote", re.IGNORECASE
)
_SILENT: Final = frozenset({"style", "script", "title", "head", "template", "-comment"})
_SEEN: Final = frozenset({"img", "video", "audio"})

Parts = tuple[str, str, str]


def split_elements(html: str) -> Parts | None:
    """Return new, quoted and signature as fragments, or None if no mark is found. Takes linear time.

    Where HTML would be expensive to parse, marks are found up to there.
    """
    body = _body(html) if _ANY_MARK.search(html) else None
    if body is None:
        return None
    found = _pieces(body)
    if all(kind is PieceKind.TEXT for kind, _ in found):
        return None
    kinds = settled([kind for kind, _ in found])
    has_text = PieceKind.TEXT in kinds
    quoted = _taken(found, kinds, PieceKind.QUOTE)
    signature = _taken(found, kinds, PieceKind.SIGNATURE)
    new = (body.inner_html or "").strip() if has_text else ""
    # Copies of open tags made the HTML grow.
    return (new, quoted, signature) if len(new) + len(quoted) <= 4 * len(html) + 1000 else None


def _body(html: str) -> LexborNode | None:
    from selectolax.lexbor import LexborHTMLParser

    return LexborHTMLParser(bounded(html)).body


def _pieces(body: LexborNode) -> list[tuple[PieceKind, LexborNode]]:
    """Return the text, the quotes and the signatures of the document, in its order. None lies in another."""
    found: list[tuple[PieceKind, LexborNode]] = []
    inside: set[int] = set()
    is_cut = False
    for node in body.traverse(include_text=True):
        parent = node.parent
        if node.mem_id == body.mem_id or parent is None:
            continue
        if parent.mem_id in inside or node.tag in _SILENT:
            inside.add(node.mem_id)
            continue
        is_cut = is_cut or _is_cut(node)
        kind = PieceKind.QUOTE if is_cut else _kind(node)
        if kind is PieceKind.BLANK:
            continue
        found.append((kind, node))
        inside.add(node.mem_id)
    return found


def _kind(node: LexborNode) -> PieceKind:
    """Return what a node is; `BLANK` if its children tell."""
    if node.is_text_node:
        return PieceKind.TEXT if (node.text_content or "").strip() else PieceKind.BLANK
    if node.tag in _SEEN:
        return PieceKind.TEXT
    attributes = node.attributes
    classes = set((attributes.get("class") or "").split())
    name = attributes.get("id") or ""
    if classes & _SIGNATURE_CLASSES or name in _SIGNATURE_IDS:
        return PieceKind.SIGNATURE
    if node.tag == "div" and "gmail_quote" in classes and _has_quotes(node):
        # Gmail puts the whole reply into this element if the sender answers point by point.
        return PieceKind.BLANK
    is_cite = node.tag == "blockquote" and (attributes.get("type") or "").lower() == "cite"
    if is_cite or classes & _QUOTE_CLASSES or _YAHOO in classes or name.startswith(_YAHOO):
        return PieceKind.QUOTE
    return PieceKind.BLANK


def _has_quotes(node: LexborNode) -> bool:
    return any(child.tag == "blockquote" for child in node.iter())


def _is_cut(node: LexborNode) -> bool:
    """Say whether the original message begins here and goes on to the end, as in mail of Outlook."""
    if not node.is_element_node:
        return False
    attributes = node.attributes
    if attributes.get("id") in _CUT_IDS:
        return True
    if node.tag == "hr":
        following = node.next
        while following is not None and following.is_text_node:
            following = following.next
        return following is not None and following.attributes.get("id") == "divRplyFwdMsg"
    style = (attributes.get("style") or "")[:1000]
    return node.tag == "div" and any(mark in "".join(style.split()).lower() for mark in _CUT_STYLES)


def _taken(found: Sequence[tuple[PieceKind, LexborNode]], kinds: Sequence[PieceKind], wanted: PieceKind) -> str:
    """Take the pieces of one kind out of the document and return their HTML."""
    nodes = [node for (_, node), kind in zip(found, kinds, strict=True) if kind is wanted]
    html = "".join(node.html or "" for node in nodes)
    for node in nodes:
        node.decompose()
    return html
