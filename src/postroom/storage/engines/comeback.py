"""The wait for a database that is away. Of all that wait, one asks the database, and the others share its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from postroom.errors import StorageFailed

_PAUSE: Final = 1.0


class Comeback:
    """Shared by all who wait for one database. `pause` is the time between two tries, in seconds."""

    def __init__(self, pause: float = _PAUSE) -> None:
        self._pause = pause
        self._turn = asyncio.Lock()
        # Tries are numbered, because only a try that began after a failure says anything about it.
        self._asked = 0
        self._answered = 0

    async def wait(self, ask: Callable[[], Awaitable[object]]) -> None:
        """Return once `ask` has succeeded. This takes at least one pause, so that no caller spins."""
        before = self._asked
        await asyncio.sleep(self._pause)
        async with self._turn:
            while self._answered <= before:
                self._asked += 1
                try:
                    await ask()
                except StorageFailed:
                    await asyncio.sleep(self._pause)
                else:
                    self._answered = self._asked
