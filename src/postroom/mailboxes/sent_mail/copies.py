"""Finds the copies of a message in an open folder, by its Message-ID."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.commands.arguments import Chunks, words
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.search import Search
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mail.identity.message_ids import bare_id
from postroom.mailboxes.visit import FolderVisit

__all__ = ["FoundCopy", "SearchedIds", "find_copies"]

_ASCII: Final = re.compile(r"[!-~]+")
_DRAFT: Final = "\\draft"
_MOST: Final = 20
"""Messages that are looked at. More of them have one Message-ID only where a server does not search as it should."""

_SPARE: Final = timedelta(days=2)
"""SINCE compares days in a zone that only the server knows, and clocks differ."""


@dataclass(frozen=True, slots=True)
class SearchedIds:
    """What to look for: any of these Message-IDs, in messages that came after a moment."""

    ids: tuple[str, ...]
    after: datetime


@dataclass(frozen=True, slots=True)
class FoundCopy:
    """A message that is no draft and has the Message-ID: its UID, and when the server received it, if it told."""

    uid: int
    received: datetime | None


async def find_copies(folder: FolderVisit, wanted: SearchedIds) -> list[FoundCopy]:
    """Return the copies in a folder, the newest first. Drafts do not count.

    Servers search for a part of the header field, and some for its words in any order, so what they find is read again.
    Raises ServerRefused and SessionFailed.
    """
    if not folder.exists:
        return []
    found = (await folder.run(Search(_criteria(wanted)))).uids
    if not found:
        return []
    newest = UidSet.from_iterable(sorted(found, reverse=True)[:_MOST])
    told = await folder.run(Fetch(newest, ("FLAGS", "ENVELOPE", "INTERNALDATE")))
    ids = {bare_id(each) for each in wanted.ids}
    copies = [FoundCopy(each.uid, each.internal_date) for each in told.messages if each.uid and _is_copy(each, ids)]
    return sorted(copies, key=lambda each: each.uid, reverse=True)


def _criteria(wanted: SearchedIds) -> Chunks:
    day: date = (wanted.after - _SPARE).date()
    return words(b"SINCE", encode.date(day), _any_of(wanted.ids))


def _any_of(ids: Iterable[str]) -> Chunks:
    first, *others = (words(b"HEADER", b"Message-ID", encode.string(_ascii_part(each))) for each in ids)
    for each in others:
        first = words(b"OR", first, each)
    return first


def _ascii_part(message_id: str) -> str:
    """Return the longest part that needs no charset: servers differ in how they search for other characters."""
    return max(_ASCII.findall(message_id), key=len, default="")


def _is_copy(message: FetchData, ids: set[str]) -> bool:
    written = message.envelope.message_id if message.envelope is not None else None
    return bare_id(written) in ids and _DRAFT not in {flag.lower() for flag in message.flags or ()}
