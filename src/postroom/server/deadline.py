"""A cheap time limit that changes with every request: the timer is not moved, it checks the limit when it fires."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

__all__ = ["Deadline"]


class Deadline:
    """Calls `late` when the time set last is over."""

    def __init__(self, late: Callable[[], None]) -> None:
        self._late = late
        self._loop = asyncio.get_running_loop()
        self._at = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = math.inf

    def set(self, seconds: float) -> None:
        """Set the limit to this many seconds from now; infinity for never."""
        self._at = self._loop.time() + seconds
        self._wind()

    def shorten(self, seconds: float) -> None:
        """Set the limit to this many seconds from now, unless it is already earlier."""
        self._at = min(self._at, self._loop.time() + seconds)
        self._wind()

    def cancel(self) -> None:
        """Stop; `late` is not called any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _wind(self) -> None:
        if self._at >= self._rings_at:
            return
        self.cancel()
        self._timer, self._rings_at = self._loop.call_at(self._at, self._ring), self._at

    def _ring(self) -> None:
        self._timer, self._rings_at = None, math.inf
        if self._loop.time() >= self._at:
            self._late()
        else:
            self._wind()
