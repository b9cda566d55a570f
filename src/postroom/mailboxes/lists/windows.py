"""Decides which messages of a list are on a page, and which cursors lead to the pages beside it. Pure.

Places in a list count from 1 for the oldest message. In a whole folder they are its sequence numbers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.lists.cursor import Cursor, PageEdge

__all__ = ["Window", "cursors", "expected", "place_among", "window"]


@dataclass(frozen=True, slots=True)
class Window:
    """The places on a page, both included; none when `last` is smaller than `first`."""

    first: int
    last: int

    @property
    def is_empty(self) -> bool:
        """Whether the page has no messages."""
        return self.last < self.first


def window(start: Cursor, below: int, count: int, size: int) -> Window:
    """Return the places on the page that begins at `start`, in a list of `count` messages.

    `below` is how many messages are below the cursor's place now. It is ignored when the cursor has no place. A page
    above is whole even when only a few messages are above the place.
    """
    if start.beside is None:
        last = count - start.page * size
    else:
        last = min(count, below + size) if start.beside.up else min(count, below)
    return Window(max(1, last - size + 1), last)


def place_among(place: PageEdge, uids: Sequence[int]) -> int:
    """Return how many of these ascending UIDs are below a place."""
    return bisect_right(uids, place.uid) if place.up else bisect_left(uids, place.uid)


def expected(place: PageEdge, uid: int | None) -> bool:
    """Whether the message directly below the place may be the one with this UID; None when there is no message.

    Sequence numbers only fall. So below a message, a smaller UID proves that no message between was removed. Above it,
    only the message itself proves that.
    """
    if uid is None:
        return False
    return uid == place.uid if place.up else uid < place.uid


def cursors(
    start: Cursor, shown: Window, count: int, first: PageEdge, last: PageEdge
) -> tuple[Cursor | None, Cursor | None]:
    """Return the cursors of the next page, which is older, and of the previous one; None where there is none.

    `first` and `last` are the places beside the first and the last message on the page: below the oldest one, and above
    the newest one.
    """
    older = Cursor(start.page + 1, first) if shown.first > 1 else None
    newer = Cursor(max(0, start.page - 1), last) if shown.last < count else None
    return older, newer
