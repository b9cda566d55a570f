"""Fetches the messages of a page: all that are there, or an error."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from postroom.imap.commands.fetch import Fetch, FetchNumbered
from postroom.imap.commands.search import Search
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.visit import FolderVisit

__all__ = ["fetch_numbered", "fetch_uids", "incomplete"]

_SET_OCTETS: Final = 4_000
"""Longer sets are sent in several commands, because many servers limit a line to 8,000 octets."""


def incomplete() -> IncompleteAnswer:
    """Return the error for messages that the server did not tell, although they are there."""
    return IncompleteAnswer("The mail server left out some of the messages it was asked for. Try again later")


async def fetch_numbered(folder: FolderVisit, first: int, last: int, items: tuple[str, ...]) -> list[FetchData] | None:
    """Return the messages with these sequence numbers, the oldest first; None when some were not told.

    Raises what `FolderVisit.run` raises, and IncompleteAnswer when numbers and UIDs contradict each other.
    """
    told = await folder.run(FetchNumbered(UidSet.beginning(first, last), items))
    by_number = {data.seq: data for data in told.messages if data.uid is not None}
    if told.some_gone or len(by_number) != last - first + 1:
        return None
    messages = [by_number[number] for number in range(first, last + 1)]
    uids = [data.uid or 0 for data in messages]
    if any(one >= other for one, other in pairwise(uids)):
        raise IncompleteAnswer("The mail server's answer contradicts itself: UIDs do not rise with message numbers")
    return messages


async def fetch_uids(folder: FolderVisit, uids: Iterable[int], items: tuple[str, ...]) -> dict[int, FetchData]:
    """Return those of the messages that are there, by UID.

    Messages that are there and were not told are asked for once more. Raises what `FolderVisit.run` raises, and
    IncompleteAnswer when they are not told again.
    """
    wanted = UidSet.from_iterable(uids)
    found, doubtful = await _fetch(folder, wanted, items)
    if not doubtful and len(found) == len(wanted):
        return found
    there = await _there(folder, wanted)
    missing = UidSet.from_iterable(uid for uid in there if doubtful or uid not in found)
    if missing:
        again, doubtful = await _fetch(folder, missing, items)
        found |= again
        if doubtful:
            there = await _there(folder, wanted)
    if any(uid not in found for uid in there):
        raise incomplete()
    return {uid: data for uid, data in found.items() if uid in there}


async def _fetch(folder: FolderVisit, uids: UidSet, items: tuple[str, ...]) -> tuple[dict[int, FetchData], bool]:
    """Return what was told, and whether some of it may be made up because a message is gone."""
    found: dict[int, FetchData] = {}
    some_gone = False
    for part in uids.chunks(_SET_OCTETS):
        told = await folder.run(Fetch(part, items))
        some_gone |= told.some_gone
        found |= {data.uid: data for data in told.messages if data.uid is not None}
    return found, some_gone


async def _there(folder: FolderVisit, uids: UidSet) -> UidSet:
    there = UidSet()
    for part in uids.chunks(_SET_OCTETS):
        told = await folder.run(Search([b"UID " + part.to_string().encode("ascii")]))
        there |= (told.uids or UidSet()) & part
    return there
