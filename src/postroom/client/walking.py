"""Walks through a list page by page, so that changes of the list on the way neither hide nor repeat an item. Pure.

The server counts pages by position, so an item that is removed moves all later items forward, across the border of a
page. So each page that a walk asks for begins before the end of the last one. If its first item is new, some moved away
under the walk, and it goes back. An item that comes again is left out by its key. So every item that is in the list all
the time comes exactly once, as long as the order stays.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar, cast

from postroom.client.request import ApiRequest

__all__ = ["CursorWalk", "EventWalk", "PageWalk", "Walk", "WholeWalk", "window"]

I = TypeVar("I")  # noqa: E741
Answer: TypeAlias = Mapping[str, Any]

_SMALLEST: Final = 20
"""With fewer items on a page there are positions at which no page both overlaps and goes on."""


class Walk(Protocol[I]):
    """A list that is being read. Ask `request`, and give its answer to `take`, until there is no further request."""

    def request(self) -> ApiRequest[Answer] | None:
        """Return the next request, None at the end."""
        ...

    def take(self, answer: Answer) -> list[I]:
        """Return the items of its answer that are new."""
        ...


class PageWalk(Generic[I]):
    """A list of pages that are counted: `ask` makes the request for a page of a size. `key` names an item."""

    def __init__(
        self,
        ask: Callable[[int, int], ApiRequest[Any]],
        member: str,
        key: Callable[[Any], Hashable],
        *,
        page_size: int = 100,
        most: int = 1000,
    ) -> None:
        self._ask = ask
        self._member = member
        self._key = key
        self._size = min(max(page_size, _SMALLEST), most)
        self._seen: set[Hashable] = set()
        self._position = 0
        self._begin = 0
        self._is_over = False

    def request(self) -> ApiRequest[Answer] | None:
        if self._is_over:
            return None
        page, size = window(self._position, self._size)
        self._begin = page * size
        return cast("ApiRequest[Answer]", self._ask(page, size))

    def take(self, answer: Answer) -> list[I]:
        items: list[Any] = answer[self._member]
        total: int = answer["total"]
        if self._begin > 0 and (not items or self._key(items[0]) not in self._seen):
            self._position = min(self._begin, total)
            return []
        self._position = self._begin + len(items)
        self._is_over = self._position >= total or not items
        new = {self._key(item): item for item in items}
        found = [item for key, item in new.items() if key not in self._seen]
        self._seen.update(new)
        return found


def window(position: int, size: int) -> tuple[int, int]:
    """Return the number and the size of a page that begins before a position and reaches beyond it.

    Of the sizes from half of `size` up to it, the one that reaches farthest is taken.
    """
    if position <= 0:
        return 0, size
    last = position - 1
    best = max(range(size // 2 + 1, size + 1), key=lambda each: each - last % each)
    return last // best, best


class CursorWalk(Generic[I]):
    """A list of pages that each name the next one by a cursor."""

    def __init__(self, ask: Callable[[str | None], ApiRequest[Any]], member: str) -> None:
        self._ask = ask
        self._member = member
        self._cursor: str | None = None
        self._is_over = False

    def request(self) -> ApiRequest[Answer] | None:
        return None if self._is_over else cast("ApiRequest[Answer]", self._ask(self._cursor))

    def take(self, answer: Answer) -> list[I]:
        self._cursor = answer["nextPageCursor"]
        self._is_over = self._cursor is None
        return cast("list[I]", answer[self._member])


class EventWalk(Generic[I]):
    """The events of the log after a cursor, up to the newest."""

    def __init__(self, ask: Callable[[int | None], ApiRequest[Any]], since: int | None) -> None:
        self._ask = ask
        self._cursor = since
        self._is_over = False

    def request(self) -> ApiRequest[Answer] | None:
        return None if self._is_over else cast("ApiRequest[Answer]", self._ask(self._cursor))

    def take(self, answer: Answer) -> list[I]:
        self._cursor = answer["cursor"]
        self._is_over = not answer["more"]
        return cast("list[I]", answer["events"])


class WholeWalk(Generic[I]):
    """A list that comes in one answer."""

    def __init__(self, ask: ApiRequest[Any], member: str) -> None:
        self._ask: ApiRequest[Any] | None = ask
        self._member = member

    def request(self) -> ApiRequest[Answer] | None:
        return self._ask

    def take(self, answer: Answer) -> list[I]:
        self._ask = None
        return cast("list[I]", answer[self._member])
