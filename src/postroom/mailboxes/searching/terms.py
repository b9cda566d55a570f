"""A search for messages as values: what a caller asked for, checked and typed. Pure.

All terms of a search must hold. `schemas/requests/mail/searches.py` makes them from a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal, TypeAlias

from postroom.footprint.dataclass import dataclass
from postroom.imap.sets import MAX_NUMBER, UidSet, read_ranges

__all__ = ["DayKey", "FlagKey", "NumberKey", "SetKey", "Terms", "TextKey", "checked_set"]

SetKey: TypeAlias = Literal["seq", "uid"]
FlagKey: TypeAlias = Literal["answered", "deleted", "draft", "flagged", "seen", "unseen"]
TextKey: TypeAlias = Literal["from", "to", "cc", "bcc", "subject", "body", "text"]
NumberKey: TypeAlias = Literal["larger", "smaller", "modseq"]
DayKey: TypeAlias = Literal["before", "since", "sentBefore", "sentSince"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the messages that are searched for have in common; empty for all messages.

    `sets` are sequence sets as IMAP writes them. `labels` and `flags` say whether a message has them. `headers` are
    (name, text that the field holds). `email_ids` is None when any message will do; a message has one of these ids.
    Sizes are in octets. `either` means that one of these searches holds, `unlike` that none of those holds.
    """

    sets: tuple[tuple[SetKey, str], ...] = ()
    flags: tuple[tuple[FlagKey, bool], ...] = ()
    texts: tuple[tuple[TextKey, str], ...] = ()
    numbers: tuple[tuple[NumberKey, int], ...] = ()
    days: tuple[tuple[DayKey, date], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    email_id: str | None = None
    email_ids: tuple[str, ...] | None = None
    thread_id: str | None = None
    gmail_raw: str | None = None
    labels: tuple[tuple[str, bool], ...] = ()
    has_attachment: bool | None = None
    either: tuple[Terms, ...] = ()
    unlike: tuple[Terms, ...] = ()

    @property
    def are_empty(self) -> bool:
        """Whether every message matches, because nothing was asked for."""
        return self == Terms()

    def all(self) -> Iterator[Terms]:
        """These terms, and those of every search inside them."""
        yield self
        for inner in (*self.either, *self.unlike):
            yield from inner.all()


def checked_set(text: str) -> str:
    """Return a sequence set as IMAP writes it (`1:5,9:*`). Raises ValueError when it is none."""
    for first, last in read_ranges(text, star=MAX_NUMBER):
        if not 1 <= first <= MAX_NUMBER or not 1 <= last <= MAX_NUMBER:
            raise ValueError("message numbers run from 1 to 4294967295")
    return text if "*" in text else UidSet.from_string(text).to_string()
