"""Shares the event loop among connections that have something to read, so that none delays the others.

A source works in small steps. It is served at once if the current turn of the loop has room, so that a quiet gateway
loses no time. Otherwise it waits in a queue, and each source gets one step in turn.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol
from weakref import WeakKeyDictionary

__all__ = ["ReadingTurns", "Source", "turns_of"]

ROOM: Final = 0.003
"""Seconds that reading may take in one turn of the loop; at most one step goes beyond it."""


class Source(Protocol):
    """An object that has something to read."""

    def read_on(self) -> bool:
        """Do one step of about a millisecond; returns whether there is more to do now."""


class ReadingTurns:
    """The sources of one loop. All methods are called in the loop's thread."""

    __slots__ = ("__weakref__", "_clock", "_loop", "_until", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Callable[[], float] = time.perf_counter) -> None:
        self._loop = loop
        self._clock = clock
        self._waiting: deque[Source] = deque()
        # The end of this turn's room; None when nothing was read in it yet.
        self._until: float | None = None

    def serve(self, source: Source) -> None:
        """Serve a source until its `read_on` returns False: at once if there is room, else after those that wait.

        It must not be passed again before that.
        """
        self._waiting.append(source)
        self._serve()

    def _serve(self) -> None:
        if self._until is None:
            self._until = self._clock() + ROOM
            self._loop.call_soon(self._next_turn)
        waiting = self._waiting
        while waiting and self._clock() < self._until:
            source = waiting.popleft()
            if source.read_on():
                waiting.append(source)

    def _next_turn(self) -> None:
        self._until = None
        if self._waiting:
            self._serve()


_OF_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, ReadingTurns] = WeakKeyDictionary()


def turns_of(loop: asyncio.AbstractEventLoop) -> ReadingTurns:
    """The turns of a loop; each loop has one of these."""
    turns = _OF_LOOPS.get(loop)
    if turns is None:
        turns = _OF_LOOPS[loop] = ReadingTurns(loop)
    return turns
