"""The UIDs that a search found, as a sequence that takes no memory for each of them. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from operator import sub
from typing import overload

from postroom.imap.sets import UidSet

__all__ = ["UidSequence"]


class UidSequence(Sequence[int]):
    """The members of a set, ascending. A range costs the same whether it has one member or a million."""

    __slots__ = ("_counts", "_ends")

    def __init__(self, uids: UidSet) -> None:
        starts, self._ends = uids.bounds
        # For each range, how many members there are up to its end.
        self._counts: array[int] = array("Q", accumulate(map(sub, map(_behind, self._ends), starts)))

    def __len__(self) -> int:
        return self._counts[-1] if self._counts else 0

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(index)
        place = bisect_right(self._counts, at)
        return self._ends[place] - (self._counts[place] - 1 - at)


def _behind(last: int) -> int:
    return last + 1
