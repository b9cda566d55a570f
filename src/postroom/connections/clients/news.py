"""Unsolicited responses: which are kept as news, and how many a server may send. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, TypeAlias

from postroom.imap.limits import MOST_UNASKED, UNASKED_PER_SECOND, LimitExceeded
from postroom.imap.responses import (
    ExistsData,
    ExpungeData,
    FetchData,
    ListData,
    StatusData,
    VanishedData,
)
from postroom.imap.sets import UidSet

__all__ = ["NEWS", "News", "Unasked", "light", "new_news"]

News: TypeAlias = ExistsData | ExpungeData | VanishedData | FetchData | StatusData | ListData
"""Unsolicited responses about messages or mailboxes."""

NEWS: Final = (ExistsData, ExpungeData, VanishedData, FetchData, StatusData, ListData)
_KEPT: Final = 1000
_FLAGS_KEPT: Final = 100
_RANGES_KEPT: Final = 1000
_NAME_KEPT: Final = 4000
_ITEMS_KEPT: Final = 20
_COUNTED_AT: Final = 1000


def new_news() -> deque[News]:
    """An empty queue of news that keeps the newest thousand."""
    return deque(maxlen=_KEPT)


def light(news: News) -> News | None:
    """The news without parts that no reader of news uses, such as message contents; None when nothing is left."""
    match news:
        case FetchData(seq=seq, uid=uid, flags=flags, modseq=modseq):
            return FetchData(
                seq, uid, flags if flags is not None and len(flags) <= _FLAGS_KEPT else None, modseq=modseq
            )
        case VanishedData(earlier=earlier, uids=uids) if uids.parts > _RANGES_KEPT:
            return VanishedData(earlier, UidSet([(uids.min or 1, uids.max or 1)]))
        case StatusData(name=name, items=items) if len(name) > _NAME_KEPT or len(items) > _ITEMS_KEPT:
            return None
        case ListData(raw_name=raw_name) if len(raw_name) > _NAME_KEPT:
            return None
    return news


class Unasked:
    """Counts unsolicited responses. A burst is honest, as when a full folder is emptied; an endless stream is not.

    It is a leaky bucket that holds `MOST_UNASKED` and loses `UNASKED_PER_SECOND`.
    """

    __slots__ = ("_at", "_counted", "_level")

    def __init__(self) -> None:
        self._counted = 0
        self._level = 0.0
        self._at = 0.0

    def count(self, ever: int, clock: Callable[[], float]) -> None:
        """Record the total number up to now. Raises LimitExceeded when the bucket is full."""
        more = ever - self._counted
        if more < _COUNTED_AT:
            return
        now = clock()
        leaked = (now - self._at) * UNASKED_PER_SECOND
        self._level = max(0.0, self._level - leaked) + more
        self._counted, self._at = ever, now
        if self._level > MOST_UNASKED:
            raise LimitExceeded.of("responses that nobody had asked for", MOST_UNASKED)
