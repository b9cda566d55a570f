"""How the texts of a message become the text of an answer: converted, made safe, split and cut. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from postroom.mail.contents import Texts
from postroom.mail.html.plain import plain_of_html
from postroom.mail.html.safe import html_of_plain, safe_html
from postroom.mail.quoting.new_text import NewText, split_new, split_new_html
from postroom.mail.shapes import TextObject
from postroom.mailboxes.reading.images import embed
from postroom.mailboxes.reading.wishes import TextWish

__all__ = ["cut", "show"]


def show(texts: Texts, wish: TextWish, images: Mapping[str, str]) -> TextObject:
    """Return the text of an answer. `images` are `data:` URLs by Content-ID.

    A kind that the message has not is left out, except that plain text is made of HTML, and safe HTML of plain text.
    """
    shown: TextObject = {}
    has_more = texts.is_cut
    html = texts.html
    if wish.kind == "new":
        has_more |= _put_new(shown, _split(texts), wish.most)
    plain = texts.plain() if wish.has_plain or (wish.is_safe and html is None) else None
    if wish.has_plain and plain is not None:
        shown["plain"], is_cut = cut(plain, wish.most)
        has_more |= is_cut
    if wish.has_html and (html is not None or (wish.is_safe and plain is not None)):
        # The source is cut, not the result, so that safe HTML stays whole.
        source, is_cut = cut(html if html is not None else plain or "", wish.most)
        shown["html"] = _html(source, wish, images) if html is not None else html_of_plain(source)
        has_more |= is_cut
    shown["hasMore"] = has_more
    if wish.is_safe and "html" in shown:
        shown["webSafe"] = True
    return shown


def cut(text: str, most: int | None) -> tuple[str, bool]:
    """Return at most `most` octets of a text in UTF-8, cut between two characters, and whether it was cut."""
    if most is None or len(text) * 4 <= most:
        return text, False
    octets = text[: most + 1].encode()
    if len(octets) <= most:
        return text, False
    return octets[:most].decode("utf-8", "ignore"), True


def _html(source: str, wish: TextWish, images: Mapping[str, str]) -> str:
    return safe_html(source, images, remote_images=wish.remote_images) if wish.is_safe else embed(source, images)


def _split(texts: Texts) -> NewText:
    """Split the plain text; the HTML if there is no plain text, or nothing in it. The pieces are plain text."""
    if texts.html is not None and not texts.has_words:
        found = split_new_html(texts.html)
        return NewText(plain_of_html(found.new), plain_of_html(found.quoted), plain_of_html(found.signature))
    return split_new(texts.by_kind.get("plain", ""))


def _put_new(shown: TextObject, found: NewText, most: int | None) -> bool:
    """Put the three pieces of a split text; return whether one of them was cut."""
    shown["new"], is_cut = cut(found.new, most)
    shown["quoted"], quoted_is_cut = cut(found.quoted, most)
    shown["signature"], signature_is_cut = cut(found.signature, most)
    return is_cut or quoted_is_cut or signature_is_cut
