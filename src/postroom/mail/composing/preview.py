"""Puts the preview, which lists of messages show beside the subject, at the beginning of an HTML text. Pure."""

from __future__ import annotations

import re
from typing import Final

from postroom.words.html_entities import escaped

__all__ = ["with_preview"]

_HIDDEN: Final = (
    "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all"
)
_BEGINNINGS: Final = tuple(
    re.compile(tag, re.IGNORECASE) for tag in (r"<body\b", r"</head\b", r"<html\b", r"<!doctype\b")
)


def with_preview(source: str, words: str) -> str:
    """Return HTML with hidden words before everything that is shown."""
    words = " ".join(words.split())
    if not words:
        return source
    at = _beginning(source)
    return f'{source[:at]}<div style="{_HIDDEN}">{escaped(words)}</div>{source[at:]}'


def _beginning(source: str) -> int:
    """Return the place behind the tag after which the shown part begins, 0 when there is no such tag."""
    for tag in _BEGINNINGS:
        found = tag.search(source)
        if found is not None and (end := source.find(">", found.end())) >= 0:
            return end + 1
    return 0
