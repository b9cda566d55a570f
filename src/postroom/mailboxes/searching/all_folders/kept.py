"""Keeps what searches through all folders found, so that the next page does not search them again.

A cursor is a place in the order of (date, folder, UID), which no search changes. So a page may come from what was kept,
or from a new search, or from another node's: the messages that were there all the time follow one another in the same
order, none twice. But what was kept before the first page was searched for does not know all of them, so a cursor has
that time. What is kept is only faster. A search that is not kept here (another node answered the page before,
the time is over, memory ran short) is made anew.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.searching.all_folders.everywhere import Everywhere
from postroom.mailboxes.searching.terms import Terms

__all__ = ["KEPT_FOR", "KeptSearches", "SearchKey"]

KEPT_FOR: Final = 300.0
"""Seconds for which the result of a search is kept."""

_MOST_ROWS: Final = 400_000
"""Messages in all results that are kept: 8 MB."""

_MOST_SEARCHES: Final = 100


@dataclass(frozen=True, slots=True)
class SearchKey:
    """A search of an account as it is registered now: the key of its row, its revision, and the terms."""

    account: int
    revision: int
    terms: Terms


class KeptSearches:
    """The results of the newest searches of this process, within bounds. Times are seconds of a steady clock."""

    def __init__(self, most_rows: int = _MOST_ROWS) -> None:
        self._most_rows = most_rows
        self._kept: OrderedDict[SearchKey, tuple[float, Everywhere]] = OrderedDict()

    def find(self, key: SearchKey, now: float, begun: int = 0) -> Everywhere | None:
        """Return the result of a search that began then or later; None when none is kept, or no longer."""
        made, found = self._kept.get(key, (now, None))
        if found is not None and now - made > KEPT_FOR:
            del self._kept[key]
            return None
        return found if found is not None and found.begun >= begun else None

    def keep(self, key: SearchKey, found: Everywhere, now: float) -> None:
        """Keep a result instead of older ones of the same search, and let the oldest go while there are too many."""
        self._kept.pop(key, None)
        self._kept[key] = now, found
        while self._kept and (len(self._kept) > _MOST_SEARCHES or self._rows > self._most_rows):
            self._kept.popitem(last=False)
        self._forget_old(now)

    @property
    def _rows(self) -> int:
        return sum(len(found.rows) for _, found in self._kept.values())

    def _forget_old(self, now: float) -> None:
        while self._kept and now - next(iter(self._kept.values()))[0] > KEPT_FOR:
            self._kept.popitem(last=False)
