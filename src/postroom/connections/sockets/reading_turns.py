"""Shares the turns of the event loop among connections that have something to read: none keeps the others waiting.

A source works in small steps. It is served at once while the turn has room, so that a quiet gateway loses no time, and
otherwise waits its turn: one step each, the sources in a row.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol
from weakref import WeakKeyDictionary

__all__ = ["Intake", "Source", "intake_of"]

ROOM: Final = 0.003
"""Seconds of one turn of the loop for all that is read in it; a step goes over it by its own length at most."""


class Source(Protocol):
    """What has something to read."""

    def read_on(self) -> bool:
        """Do one step, of a millisecond or so; whether there is more to do at once."""


class Intake:
    """The sources of one loop. Everything is called in the loop's thread."""

    __slots__ = ("__weakref__", "_clock", "_loop", "_until", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Callable[[], float] = time.perf_counter) -> None:
        self._loop = loop
        self._clock = clock
        self._waiting: deque[Source] = deque()
        # When this turn has no more room; None before anything was read in it.
        self._until: float | None = None

    def serve(self, source: Source) -> None:
        """Serve a source behind those that wait, at once if there is room, until its `read_on` returns False.

        It must not be given again before that.
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


_INTAKES: WeakKeyDictionary[asyncio.AbstractEventLoop, Intake] = WeakKeyDictionary()


def intake_of(loop: asyncio.AbstractEventLoop) -> Intake:
    """The one intake of a loop."""
    intake = _INTAKES.get(loop)
    if intake is None:
        intake = _INTAKES[loop] = Intake(loop)
    return intake
