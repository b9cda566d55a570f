"""Which part of a content a request asks for, and whether it has it already (RFC 9110 sections 13 and 14). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from postroom.errors import Permanent

__all__ = ["RangeNotSatisfiable", "Span", "chosen_span", "is_known", "may_want_part"]

_RANGE: Final = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)
_TAG: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


class RangeNotSatisfiable(Permanent):
    """The content ends before the range begins; it has `total` octets."""

    code = "RangeNotSatisfiable"

    def __init__(self, total: int) -> None:
        super().__init__(f"The content has {total} octets and ends before the range begins")
        self.total = total


@dataclass(frozen=True, slots=True)
class Span:
    """`length` octets from `start` of a content of `total` octets."""

    start: int
    length: int
    total: int

    @property
    def header(self) -> str:
        """The value of Content-Range."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.total}"


def is_known(headers: Mapping[str, str], tag: str) -> bool:
    """Whether `If-None-Match` names the tag, so that the caller has the content already."""
    sent = headers.get("if-none-match", "")
    return sent.strip() == "*" or tag in _TAG.findall(sent)


def may_want_part(headers: Mapping[str, str]) -> bool:
    """Whether the request asks for one range. Several ranges, and other units, are answered with all of it."""
    return _RANGE.fullmatch(headers.get("range", "")) is not None


def chosen_span(headers: Mapping[str, str], tag: str, total: int | None) -> Span | None:
    """Return the range to answer with, None for all of it: also when the content changed since (`If-Range`).

    Raises RangeNotSatisfiable.
    """
    found = _RANGE.fullmatch(headers.get("range", ""))
    if found is None or total is None or headers.get("if-range", f'"{tag}"').strip() != f'"{tag}"':
        return None
    first, last = found[1], found[2]
    if not first and not last:
        return None
    if not first:
        length = min(int(last), total)
        start = total - length
    else:
        start = int(first)
        end = total if not last else min(int(last) + 1, total)
        if last and int(last) < start:
            return None
        length = end - start
    if length <= 0:
        raise RangeNotSatisfiable(total)
    return Span(start, length, total)
