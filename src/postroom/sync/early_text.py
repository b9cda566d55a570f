"""The text of a new message, asked for together with its details: one question instead of two.

The structure of the message is not known yet. Most messages have their text in part 1, or in parts 1 and 2, so the
beginnings of both are asked for. If that is not all that the event needs, it is asked for as if nothing had come.
"""

from __future__ import annotations

from typing import Final

from postroom.imap.responses import FetchData
from postroom.mail.contents import Section, Wanted
from postroom.sync.whole_answers import Fetched

__all__ = ["LIMIT", "MOST_MESSAGES", "EarlyText", "enough"]

LIMIT: Final = 16 * 1024
"""Octets of each part that are asked for. What is no text of the message comes in vain."""

MOST_MESSAGES: Final = 10
"""When more are expected, their structures are read first. Two questions for many messages cost each of them little."""

_PARTS: Final = ("1", "2")
_ITEMS: Final = tuple(f"BODY.PEEK[{part}]<0.{LIMIT}>" for part in _PARTS)


class EarlyText:
    """Which accounts are asked in this way; one for all accounts of a process.

    A server that does not answer as it should is asked for structure and text one after the other from then on, over
    all its connections.
    """

    __slots__ = ("_refrains", "_suspects")

    def __init__(self) -> None:
        self._refrains: set[int] = set()
        self._suspects: set[int] = set()

    def items(self, account: int, wanted: Wanted, expected: int) -> tuple[str, ...]:
        """Return what to ask for in addition to the details, when so many messages are expected."""
        asks = wanted.text and 0 < expected <= MOST_MESSAGES and account not in self._refrains
        return _ITEMS if asks else ()

    def suspect(self, account: int) -> None:
        """Note that a connection was lost over the question. That happens once to any; twice in a row tells enough."""
        (self._refrains if account in self._suspects else self._suspects).add(account)

    def judge(self, account: int, told: Fetched) -> None:
        """Note whether the server answered as it should."""
        self._suspects.discard(account)
        if told.spared or any(map(_is_wrong, told.messages.values())):
            self._refrains.add(account)


def enough(data: FetchData, needed: tuple[Section, ...]) -> dict[str, bytes | None] | None:
    """Return the sections that came with the details, by their keys; None unless they are all that is needed."""
    if not needed:
        return None
    told = {f"{each.name}<0>": data.sections.get(f"{each.name}<0>") for each in needed}
    return told if all(_is_enough(told[f"{each.name}<0>"], each) for each in needed) else None


def _is_enough(raw: bytes | None, section: Section) -> bool:
    """Whether the section is whole, or reaches its limit. Some servers announce smaller sections than they have."""
    if raw is None or not section.size <= len(raw) <= LIMIT:
        return False
    return section.limit is not None or len(raw) < LIMIT


def _is_wrong(data: FetchData) -> bool:
    """Whether more came than was asked for, or nothing of a part that the message has."""
    came = [data.sections.get(f"{part}<0>") for part in _PARTS]
    has_more = any(len(each or b"") > LIMIT for key, each in data.sections.items() if key[:1] in _PARTS)
    if data.body is None or has_more:
        return has_more
    there = {part.section for part in data.body.leaves() if part.size}
    return any(part in there and not each for part, each in zip(_PARTS, came, strict=True))
