"""Style attributes of safe HTML: which declarations stay, and what becomes of the images in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from postroom.mail.html.allowed import CSS_VALUE, MAY_BE_NEGATIVE, NEGATIVE, PROPERTIES

Replace = Callable[[str], str | None]
"""The URL to use for the URL of an image, or None when the image is left out."""

# A style attribute of this length is no style.
_LONGEST: Final = 10_000
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
# Python before 3.11.5 matches a group that is repeated possessively wrongly, unless its last branch is `(?!)`.
_DECLARATION: Final = re.compile(r"(?:\"[^\"]*+\"|'[^']*+'|\([^()]*+\)|[^;\"'(]|[\"'(]|(?!))++")
_URL: Final = re.compile(r"url\(\s*(?:\"([^\"\\]*)\"|'([^'\\]*)'|([^\"'()\s\\]*))\s*\)", re.IGNORECASE)
_WITH_IMAGES: Final = frozenset(("background", "background-image"))
_UNSAFE_IN_URL: Final = re.compile(r"[\s\"'()\\<>]")
_SPACES: Final = re.compile(r"\s+")


def safe_style(style: str, replace: Replace) -> str:
    """Return the declarations that are allowed; `replace` decides on each image.

    A declaration is left out as a whole when its value has anything that is not understood: an escape, a function
    that is not in the list, or a negative number that would move a box.
    """
    if len(style) > _LONGEST:
        return ""
    kept = []
    for declaration in _DECLARATION.findall(_COMMENT.sub(" ", style)):
        name, _, value = declaration.partition(":")
        name = name.strip().lower()
        if name in PROPERTIES and (text := _safe_value(name, value.strip(), replace)):
            kept.append(f"{name}:{text}")
    return ";".join(kept)


def _safe_value(name: str, value: str, replace: Replace) -> str | None:
    urls = list(_URL.finditer(value)) if name in _WITH_IMAGES else []
    without = _URL.sub(" ", value) if urls else value
    if not re.fullmatch(CSS_VALUE, without) or (name not in MAY_BE_NEGATIVE and NEGATIVE.search(without)):
        return None
    for each in urls:
        url = replace(each[1] or each[2] or each[3] or "")
        if url is None or _UNSAFE_IN_URL.search(url):
            return _SPACES.sub(" ", without).strip() or None
        value = value.replace(each[0], f'url("{url}")')
    return _SPACES.sub(" ", value)
