"""Reads what browsers send: texts, numbers, URLs. Anybody may send anything, so nothing here raises. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

__all__ = ["number_in", "page_in", "parts_of", "storable"]

_NOTHING: Final = urlsplit("")
_MOST_DIGITS: Final = 18
_LAST_PAGE: Final = 1_000_000


def storable(text: str) -> str:
    """Return a text that a database can be asked for. NUL becomes U+FFFD, as in HTML; no row has either."""
    return text.replace("\0", "\ufffd")


def number_in(text: str, most: int) -> int | None:
    """Return a number written in digits, at most `most`; None if the text is no such number."""
    if not (text.isascii() and text.isdecimal()):
        return None
    # Python refuses to read thousands of digits.
    return most if len(text) > _MOST_DIGITS else min(int(text), most)


def page_in(text: str) -> int:
    """Return the place of a page, from 0, by its number, from 1. The first page if the text is no number."""
    return max((number_in(text, _LAST_PAGE) or 0) - 1, 0)


def parts_of(url: str) -> SplitResult:
    """Return the parts of a URL; all are empty if it is none, such as `http://[`."""
    try:
        return urlsplit(url)
    except ValueError:
        return _NOTHING
