"""Reads one page of an open folder: of all its messages by their sequence numbers, or of those a search found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from postroom.imap.commands.search import Search
from postroom.imap.commands.session import Noop
from postroom.imap.responses import FetchData
from postroom.mail.shapes import MessageObject
from postroom.mailboxes.failures import InvalidCursor
from postroom.mailboxes.lists.cursor import Beside, Cursor
from postroom.mailboxes.lists.fetching import fetch_numbered, fetch_uids, incomplete
from postroom.mailboxes.lists.page import MessagePage, PageAsked
from postroom.mailboxes.lists.wanted import WantedMembers
from postroom.mailboxes.lists.windows import Window, cursors, expected, place_among, window
from postroom.mailboxes.visit import FolderVisit
from postroom.tasks import aside

__all__ = ["check_folder", "objects", "page_of_all", "page_of_found"]

_TRIES: Final = 3
_COST: Final = 50
"""Microseconds that one message object takes."""


def check_folder(start: Cursor, folder: FolderVisit) -> None:
    """Check that a cursor belongs to the folder as it is now. Raises InvalidCursor."""
    place = start.beside
    if place is None:
        return
    if place.folder is not None:
        raise InvalidCursor("This cursor belongs to a search in all folders. Begin with the first page")
    if place.uidvalidity != (folder.opened.uidvalidity or 0):
        raise InvalidCursor(
            f"This cursor is of another folder, or the server has numbered the messages of {folder.path!r} anew "
            "since it was made. Begin with the first page"
        )


async def page_of_all(folder: FolderVisit, asked: PageAsked) -> MessagePage:
    """Return a page of all messages in the folder: one FETCH if nothing was removed since the cursor was made.

    Raises what `FolderVisit.run` raises, InvalidCursor and IncompleteAnswer.
    """
    check_folder(asked.start, folder)
    place = asked.start.beside
    below = 0 if place is None else place.below
    for _ in range(_TRIES):
        if place is not None and below > folder.exists:
            below = await _count_below(folder, place)
        count = folder.exists
        shown = window(asked.start, below, count, asked.size)
        if shown.is_empty:
            return await _page(folder, asked, shown, count, [])
        # Above a message, the message itself is fetched too: it shows whether the numbers are still those of before.
        lowest = below if place is not None and place.up and 0 < below < shown.first else shown.first
        told = await fetch_numbered(folder, lowest, shown.last, asked.wanted.items(folder.capabilities))
        if told is None:
            await folder.run(Noop())
            continue
        uids = {data.seq: data.uid for data in told}
        if place is None or not below or expected(place, uids[below]):
            return await _page(folder, asked, shown, count, told[shown.first - lowest :])
        below = await _count_below(folder, place)
        place = None if place.up else place
    raise incomplete()


async def _count_below(folder: FolderVisit, place: Beside) -> int:
    """Return how many messages are below a place now. The answer is one number where the server has ESEARCH."""
    last = place.uid if place.up else place.uid - 1
    if last < 1:
        return 0
    found = await folder.run(Search([b"UID 1:%d" % last], ("COUNT",)))
    return min(found.count or 0, folder.exists)


async def page_of_found(folder: FolderVisit, uids: Sequence[int], asked: PageAsked) -> MessagePage:
    """Return a page of the messages that a search found in the folder; `uids` are ascending.

    Raises what `FolderVisit.run` raises, InvalidCursor and IncompleteAnswer.
    """
    check_folder(asked.start, folder)
    place = asked.start.beside
    shown = window(asked.start, 0 if place is None else place_among(place, uids), len(uids), asked.size)
    if shown.is_empty:
        return await _page(folder, asked, shown, len(uids), [])
    told = await fetch_uids(folder, uids[shown.first - 1 : shown.last], asked.wanted.items(folder.capabilities))
    return await _page(folder, asked, shown, len(uids), [told[uid] for uid in sorted(told)], uids)


async def _page(
    folder: FolderVisit,
    asked: PageAsked,
    shown: Window,
    count: int,
    told: list[FetchData],
    uids: Sequence[int] | None = None,
) -> MessagePage:
    """Return the page of these messages, given the oldest first. `uids` are those of the whole list, None for all."""
    older = newer = None
    if not shown.is_empty:
        validity = folder.opened.uidvalidity or 0
        oldest, newest = (told[0].uid, told[-1].uid) if uids is None else (uids[shown.first - 1], uids[shown.last - 1])
        first = Beside(validity, oldest or 0, shown.first - 1)
        last = Beside(validity, newest or 0, shown.last, up=True)
        older, newer = cursors(asked.start, shown, count, first, last)
    messages = await objects(folder, asked.wanted, told)
    return MessagePage(count, asked.start.page, asked.size, older, newer, messages)


async def objects(folder: FolderVisit, wanted: WantedMembers, told: Sequence[FetchData]) -> list[MessageObject]:
    """Return the message objects of messages in a folder, the last one first."""
    return await aside(len(told) * _COST, partial(_objects, folder.number, folder.path, wanted, told))


def _objects(number: int, path: str, wanted: WantedMembers, told: Sequence[FetchData]) -> list[MessageObject]:
    return [wanted.shown(number, path, data) for data in reversed(told)]
