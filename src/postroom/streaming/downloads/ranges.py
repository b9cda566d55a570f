"""Which part of a content a request asks for, and whether it has it already (RFC 9110 sections 13 and 14). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass

__all__ = ["AskedRange", "RangeNotSatisfiable", "Span", "asked_range", "is_known", "may_want_part"]

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
    """`length` octets from `start` of a content of `total` octets, None when there may be more than these."""

    start: int
    length: int
    total: int | None

    @property
    def header(self) -> str:
        """The value of Content-Range."""
        total = "*" if self.total is None else self.total
        return f"bytes {self.start}-{self.start + self.length - 1}/{total}"


@dataclass(frozen=True, slots=True)
class AskedRange:
    """A range as the request has it. Without `first`, `last` is a number of octets at the end of the content.

    Without `last`, the range goes to the end.
    """

    first: int | None
    last: int | None

    @property
    def is_all(self) -> bool:
        """Whether the range is all of any content. An answer with all of it then says the same."""
        return self.first == 0 and self.last is None

    @property
    def until(self) -> int | None:
        """The last octet that is asked for, None when it depends on the total."""
        return None if self.first is None else self.last

    def span(self, total: int | None) -> Span:
        """Return the part of a content of `total` octets; None means that the content has the octet at `until`.

        Raises RangeNotSatisfiable.
        """
        if total is None:
            if self.first is None or self.last is None:
                raise ValueError("this range depends on the total")
            return Span(self.first, self.last + 1 - self.first, None)
        if self.first is None:
            start, end = max(0, total - (self.last or 0)), total
        else:
            start, end = self.first, total if self.last is None else min(self.last + 1, total)
        if start >= end:
            raise RangeNotSatisfiable(total)
        return Span(start, end - start, total)


def is_known(sent: Sequence[str], tag: str) -> bool:
    """Whether the fields `If-None-Match` name the tag, so that the caller has the content already."""
    known = ", ".join(sent)
    return known.strip() == "*" or tag in _TAG.findall(known)


def may_want_part(headers: Mapping[str, str]) -> bool:
    """Whether the request asks for one range. Several ranges, and other units, are answered with all of it."""
    return _RANGE.fullmatch(headers.get("range", "")) is not None


def asked_range(headers: Mapping[str, str], tag: str) -> AskedRange | None:
    """Return the range that the request asks for; None for all of it, also when the content changed since (`If-Range`).

    A range that means nothing, such as `5-4`, asks for all of it (RFC 9110 section 14.1.1).
    """
    found = _RANGE.fullmatch(headers.get("range", ""))
    if found is None or headers.get("if-range", f'"{tag}"').strip() != f'"{tag}"':
        return None
    first, last = (int(each) if each else None for each in found.groups())
    if last is None and first is None:
        return None
    if first is not None and last is not None and last < first:
        return None
    return AskedRange(first, last)
