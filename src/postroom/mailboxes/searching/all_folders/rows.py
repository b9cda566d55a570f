"""The messages that a search through all folders found, in the order of their dates, 20 octets each. Pure."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple, overload

__all__ = ["FoundRow", "FoundRows"]


class FoundRow(NamedTuple):
    """A message that was found: its date in milliseconds, its folder's number, its UID. Rows sort by date."""

    date: int
    folder: int
    uid: int


class FoundRows(Sequence[FoundRow]):
    """Rows in ascending order: the oldest message first."""

    __slots__ = ("_dates", "_folders", "_uids")

    def __init__(self, folders: Iterable[Iterable[FoundRow]] = ()) -> None:
        """Sort and merge the rows of several folders. It is done in pieces, so that other threads get their turns."""
        self._dates, self._folders, self._uids = array("q"), array("q"), array("I")
        for date, folder, uid in heapq.merge(*map(sorted, folders)):
            self._dates.append(date)
            self._folders.append(folder)
            self._uids.append(uid)

    def __len__(self) -> int:
        return len(self._dates)

    @overload
    def __getitem__(self, index: int) -> FoundRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[FoundRow]: ...
    def __getitem__(self, index: int | slice) -> FoundRow | list[FoundRow]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        return FoundRow(self._dates[index], self._folders[index], self._uids[index])
