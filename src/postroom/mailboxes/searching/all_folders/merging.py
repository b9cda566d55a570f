"""Merges what a search found in several folders into one list by date, and cuts pages out of it. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.failures import InvalidCursor
from postroom.mailboxes.lists.cursor import Cursor, PageEdge
from postroom.mailboxes.lists.windows import cursors, window
from postroom.mailboxes.searching.all_folders.rows import FoundRow

__all__ = ["RowsPage", "cut"]


@dataclass(frozen=True, slots=True)
class RowsPage:
    """The rows of one page, newest first, with the cursors of the older and the newer page."""

    rows: list[FoundRow]
    older: Cursor | None
    newer: Cursor | None


def cut(found: Sequence[FoundRow], start: Cursor, size: int, begun: int = 0) -> RowsPage:
    """Return the page that begins at a cursor; `found` is sorted, the oldest first, and was searched for at `begun`.

    The cursors of the page tell when the first page was searched for. Raises InvalidCursor.
    """
    place, below = start.beside, 0
    if place is not None:
        if place.date is None or place.folder is None:
            raise InvalidCursor("This cursor belongs to a list of one folder. Begin with the first page")
        begun = place.begun
        row = FoundRow(place.date, place.folder, place.uid)
        below = bisect_right(found, row) if place.up else bisect_left(found, row)
    shown = window(start, below, len(found), size)
    if shown.is_empty:
        return RowsPage([], None, None)
    rows = list(found[shown.first - 1 : shown.last])
    first = _beside(rows[0], shown.first - 1, begun)
    last = _beside(rows[-1], shown.last, begun, up=True)
    return RowsPage(rows[::-1], *cursors(start, shown, len(found), first, last))


def _beside(row: FoundRow, below: int, begun: int, *, up: bool = False) -> PageEdge:
    return PageEdge(0, row.uid, below, up, date=row.date, folder=row.folder, begun=begun)
