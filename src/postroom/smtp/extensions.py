"""The extensions that a server offers in its answer to EHLO (RFC 5321 section 4.1.1.1), as values. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from postroom.footprint.dataclass import dataclass

__all__ = ["NO_EXTENSIONS", "Extensions", "extensions_of"]

_LONGEST_NUMBER: Final = 18


@dataclass(frozen=True, slots=True)
class Extensions:
    """What a server offers. `size` is the largest message in octets, None when it names no limit.

    `most_recipients` and `most_messages` are the limits of one message and of one connection (LIMITS, RFC 9422).
    """

    size: int | None = None
    eight_bit: bool = False
    utf8: bool = False
    pipelining: bool = False
    chunking: bool = False
    dsn: bool = False
    takes_size: bool = False
    most_recipients: int | None = None
    most_messages: int | None = None


NO_EXTENSIONS: Final = Extensions()


def extensions_of(lines: Iterable[str]) -> Extensions:
    """Return the extensions of the lines after the first one, for example `SIZE 35882577`."""
    offered: dict[str, list[str]] = {}
    for line in lines:
        keyword, *parameters = line.split() or [""]
        offered.setdefault(keyword.upper(), parameters)
    limits = dict(each.upper().split("=", 1) for each in offered.get("LIMITS", ()) if "=" in each)
    size = _number(next(iter(offered.get("SIZE", ())), ""))
    return Extensions(
        # A size of zero means that there is no fixed limit (RFC 1870 section 4).
        size=size or None,
        eight_bit="8BITMIME" in offered,
        utf8="SMTPUTF8" in offered,
        pipelining="PIPELINING" in offered,
        chunking="CHUNKING" in offered,
        dsn="DSN" in offered,
        takes_size="SIZE" in offered,
        most_recipients=_number(limits.get("RCPTMAX", "")) or None,
        most_messages=_number(limits.get("MAILMAX", "")) or None,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None
