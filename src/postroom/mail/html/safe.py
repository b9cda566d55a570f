"""HTML that is safe inside any page, made of the HTML or the plain text of a mail. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import unquote

import nh3

from postroom.mail.html.allowed import ATTRIBUTES, ELEMENTS, LEFT_OUT, PROPERTIES, SCHEMES
from postroom.mail.html.bounds import bounded
from postroom.mail.html.styles import safe_style

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


def safe_html(html: str, images: Mapping[str, str], *, remote_images: RemoteImages = "keep") -> str:
    """Return `html` as a fragment that is safe inside any page: only what `allowed` lists is left. Never fails.

    `images` has a `data:` URL for each Content-ID (without `<>`) that the mail carries; an image with another `cid:`
    loses its source. With `remote_images="drop"`, images of other servers are not loaded: the URL is in `data-src` (of
    `img`) or `data-background` (of tables and their parts), so that a page can load it on demand. In a style attribute
    it is left out.

    A megabyte costs about 0.1 s of processor time, a third of it with the interpreter free.
    """
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
        filter_style_properties=set(PROPERTIES),
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
