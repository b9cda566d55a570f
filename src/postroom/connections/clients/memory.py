"""Limits the memory that a process's connections use for unfinished data: half a literal, a long answer.

Each connection may hold a little without asking. For more it needs a share of one budget. If none is free, the
connection waits and its socket is not read. The smallest request is granted first, so that a few large ones do not
block all others. A server that starts something large and then
sends nothing more, while others wait, loses its session.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol
from weakref import WeakKeyDictionary

from postroom.footprint.dataclass import dataclass
from postroom.imap.limits import LimitExceeded

__all__ = ["Holder", "Memory", "memory_of"]

BUDGET: Final = 96 * 1024 * 1024
"""Octets that all connections together may hold."""

LOOK_EVERY: Final = 1.0
"""Seconds between two checks of the holders while a connection waits."""

_WINDOW: Final = 10.0
_LEAST_IN_WINDOW: Final = 640 * 1024


class Holder(Protocol):
    """A connection that holds memory. Holders are compared by identity."""

    @property
    def received(self) -> int:
        """All octets received up to now."""

    def granted(self) -> None:
        """The memory that it waits for is granted."""

    def end(self, error: BaseException) -> None:
        """It must end and release its memory."""


@dataclass(slots=True)
class _Share:
    octets: int
    since: float
    received: int


class Memory:
    """The budget of one loop. All methods are called in the loop's thread."""

    __slots__ = ("__weakref__", "_left", "_loop", "_shares", "_timer", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop, budget: int = BUDGET) -> None:
        self._loop = loop
        self._left = budget
        self._shares: dict[Holder, _Share] = {}
        self._waiting: dict[Holder, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def left(self) -> int:
        """Octets that are free; below 0 when all holders waited for each other, and one was granted more."""
        return self._left

    def hold(self, holder: Holder, octets: int) -> bool:
        """Set the holder's share to `octets`, 0 for none. When it returns False, the holder waits for `granted`."""
        before = self._shares.get(holder)
        more = octets - (0 if before is None else before.octets)
        if more > max(self._left, 0):
            self._waiting[holder] = octets
            if self._timer is None:
                self._timer = self._loop.call_later(LOOK_EVERY, self._look)
            return False
        self._waiting.pop(holder, None)
        self._grant(holder, octets)
        if more < 0:
            self._serve()
        return True

    def _grant(self, holder: Holder, octets: int) -> None:
        share = self._shares.get(holder)
        self._left -= octets - (0 if share is None else share.octets)
        if octets:
            self._shares[holder] = _Share(octets, self._loop.time(), holder.received)
        else:
            self._shares.pop(holder, None)

    def _more(self, holder: Holder) -> int:
        """The octets that a waiting holder still lacks."""
        share = self._shares.get(holder)
        return self._waiting[holder] - (0 if share is None else share.octets)

    def _serve(self) -> None:
        """Grant the requests that fit, the smallest first."""
        for holder in sorted(self._waiting, key=self._more):
            if self._more(holder) > self._left:
                return
            self._grant_waiting(holder)

    def _grant_waiting(self, holder: Holder) -> None:
        self._grant(holder, self._waiting.pop(holder))
        holder.granted()

    def _look(self) -> None:
        """End holders that receive nothing more. If all holders wait for each other, grant one of them its request."""
        self._timer = None
        if not self._waiting:
            return
        self._timer = self._loop.call_later(LOOK_EVERY, self._look)
        now = self._loop.time()
        going_on = [holder for holder in self._shares if holder not in self._waiting]
        for holder in going_on:
            share = self._shares[holder]
            if now - share.since < _WINDOW:
                continue
            if holder.received - share.received < _LEAST_IN_WINDOW:
                holder.end(
                    LimitExceeded(
                        f"The server began to send {share.octets:,} octets and did not go on, while others waited"
                    )
                )
            share.since, share.received = now, holder.received
        if not going_on and self._waiting:
            self._grant_waiting(min(self._waiting, key=self._more))


_MEMORIES: WeakKeyDictionary[asyncio.AbstractEventLoop, Memory] = WeakKeyDictionary()


def memory_of(loop: asyncio.AbstractEventLoop) -> Memory:
    """The one budget of a loop."""
    memory = _MEMORIES.get(loop)
    if memory is None:
        memory = _MEMORIES[loop] = Memory(loop)
    return memory
