"""HTML that is safe inside any page, made of the HTML or the plain text of a mail. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from postroom.mail.html.allowed import ATTRIBUTES, ELEMENTS, LEFT_OUT, SCHEMES
from postroom.mail.html.bounds import bounded
from postroom.mail.html.styles import safe_style
from postroom.words.html_entities import escaped

RemoteImages = Literal["keep", "drop"]

REL: Final = "noopener noreferrer nofollow"
_IMAGES: Final = frozenset(("src", "background"))
_LINK_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*(?=:)")
_REMOTE: Final = re.compile(r"https?://[^\s\\]+", re.IGNORECASE)
_OWN_IMAGE: Final = re.compile(r"data:image/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=]*", re.IGNORECASE)
# Marks the URL of an image that is not loaded, until the attribute has its other name.
_UNLOADED: Final = "postroom-unloaded:"
_UNLOADED_ATTRIBUTE: Final = re.compile(
    rf'(<(?:img|table|tr|td|th)(?: [a-z-]+="[^"]*")*?) (src|background)="{_UNLOADED}'
)

_LINE_END: Final = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c]")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_QUOTE_MARKS: Final = re.compile(r"(?:> ?){1,20}")
_WIDE_SPACE: Final = re.compile(r"^ | (?= )")
_TAB: Final = 4
_LINK: Final = re.compile(
    r"(?<![\w@.])(?:https?://|(?P<host>www\.))(?=[\w\[])[^\s<>\"\u00a0]{1,2000}"
    r"|(?<![\w.!#$%&'*+/=?^`{|}~@-])(?P<address>[\w.+=~-]{1,64}+@[A-Za-z0-9-]{1,63}+(?:\.[A-Za-z0-9-]{1,63}+)+)",
    re.IGNORECASE,
)
_PUNCTUATION: Final = frozenset(".,;:!?'*_~|\u2026\u3002\uff0c\u3001\u201d\u2019\u00bb")
_BRACKETS: Final = ("()", "[]", "{}", "\uff08\uff09", "\u300c\u300d", "\u3010\u3011", "\u300a\u300b")


def safe_html(html: str, images: Mapping[str, str], *, remote_images: RemoteImages = "keep") -> str:
    """Return `html` as a fragment that is safe inside any page: only what `allowed` lists is left. Never fails.

    `images` has a `data:` URL for each Content-ID (without `<>`) that the mail carries; an image with another `cid:`
    loses its source. With `remote_images="drop"`, images of other servers are not loaded: the URL is in `data-src` (of
    `img`) or `data-background` (of tables and their parts), so that a page can load it on demand. In a style attribute
    it is left out.

    A megabyte costs about 0.1 s of processor time, a third of it with the interpreter free.
    """
    import nh3

    pictures = _Pictures(images, is_kept=remote_images == "keep")
    cleaned = nh3.clean(
        bounded(_without_surrogates(html)),
        tags=set(ELEMENTS),
        clean_content_tags=set(LEFT_OUT),
        attributes=ATTRIBUTES,
        attribute_filter=pictures.attribute,
        link_rel=REL,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={*SCHEMES, "cid"},
        url_relative="deny",
    )
    return cleaned if remote_images == "keep" else _renamed(cleaned)


class _Pictures:
    """Decides on attributes of one mail: URLs and styles."""

    def __init__(self, images: Mapping[str, str], *, is_kept: bool) -> None:
        self._images = {name.lower(): url for name, url in images.items() if _OWN_IMAGE.fullmatch(url)}
        self._is_kept = is_kept

    def attribute(self, _element: str, name: str, value: str) -> str | None:
        """Return the value to use, or None to leave the attribute out."""
        if name == "style":
            return safe_style(value, self._of_style) or None
        if name in _IMAGES:
            return self._of_element(value)
        if name == "href":
            scheme = _LINK_SCHEME.match(value.strip())
            return value.strip() if scheme is not None and scheme[0].lower() in SCHEMES else None
        return value

    def _of_element(self, url: str) -> str | None:
        own = self._own(url)
        if own is not None or not _REMOTE.fullmatch(url.strip()):
            return own
        return url.strip() if self._is_kept else _UNLOADED + url.strip()

    def _of_style(self, url: str) -> str | None:
        own = self._own(url)
        if own is not None or not _REMOTE.fullmatch(url.strip()):
            return own
        return url.strip() if self._is_kept else None

    def _own(self, url: str) -> str | None:
        """The image that the mail carries (RFC 2392)."""
        url = url.strip()
        if url[:4].lower() != "cid:":
            return None
        name = url[4:].strip("<>")
        return self._images.get(name.lower()) or self._images.get(unquote(name).lower())


def _renamed(html: str) -> str:
    return _UNLOADED_ATTRIBUTE.sub(r'\1 data-\2="', html) if _UNLOADED in html else html


def _without_surrogates(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def html_of_plain(text: str) -> str:
    """Return plain text as a fragment of HTML that is safe inside any page. Never fails.

    Lines end with `<br>`, lines that begin with `>` are in `blockquote` elements, spaces keep their width, and URLs and
    addresses are links. Punctuation after a link stays outside of it.
    """
    written: list[str] = []
    depth, is_first = 0, True
    for line in _CONTROLS.sub("", _LINE_END.sub("\n", _without_surrogates(text))).split("\n"):
        marks = _QUOTE_MARKS.match(line)
        level = 0 if marks is None else marks[0].count(">")
        if level > depth:
            written.append("<blockquote>" * (level - depth))
        elif level < depth:
            written.append("</blockquote>" * (depth - level))
        elif not is_first:
            written.append("<br>")
        depth, is_first = level, False
        written.append(_linked(line if marks is None else line[marks.end() :]))
    return "".join(written) + "</blockquote>" * depth


def _linked(line: str) -> str:
    parts: list[str] = []
    at = 0
    line = _WIDE_SPACE.sub("\u00a0", line.replace("\t", " " * _TAB))
    for found in _LINK.finditer(line):
        shown = _without_punctuation(found[0])
        if found["address"]:
            url = f"mailto:{shown}"
        elif found["host"]:
            url = f"https://{shown}"
        else:
            url = shown
        if not _has_port(url):
            continue
        link = f'<a href="{_escaped(url)}" target="_blank" rel="{REL}">{_escaped(shown)}</a>'
        parts += (_escaped(line[at : found.start()]), link)
        at = found.start() + len(shown)
    return "".join((*parts, _escaped(line[at:])))


def _has_port(url: str) -> bool:
    """Whether the port of a URL is a number, or left out. A word there was meant as something else."""
    try:
        urlsplit(url).port  # noqa: B018 - reading it checks it
    except ValueError:
        return False
    return True


def _without_punctuation(url: str) -> str:
    """The URL without what ends the sentence around it. A closing bracket stays when the URL has its opening."""
    surplus = {closing: url.count(closing) - url.count(opening) for opening, closing in _BRACKETS}
    end = len(url)
    while end and (url[end - 1] in _PUNCTUATION or surplus.get(url[end - 1], 0) > 0):
        if url[end - 1] in surplus:
            surplus[url[end - 1]] -= 1
        end -= 1
    return url[:end]


def _escaped(text: str) -> str:
    return escaped(text, quote=False).replace("\u00a0", "&nbsp;")
