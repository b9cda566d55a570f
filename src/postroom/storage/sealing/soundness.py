"""Finds stored secrets that cannot be opened, at the start and every ten minutes, and counts them for the operator."""

from __future__ import annotations

from collections import Counter
from typing import Final

from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.storage.sealing.sealed import SealedRow, still_unreadable, unreadable
from postroom.storage.sealing.secrets import SecretBox

INTERVAL: Final = 600.0
_MOST_LINES: Final = 20
log = get_logger("storage")


class Soundness:
    """What is known about the sealed values of one database. `sealed_settings` are the settings stored sealed."""

    def __init__(self, db: Database, box: SecretBox, sealed_settings: frozenset[str]) -> None:
        self._db = db
        self._box = box
        self._sealed_settings = sealed_settings
        self._found: tuple[SealedRow, ...] = ()

    async def look(self, _hints: set[str]) -> None:
        """Check all of them and log those that were readable before. Raises StorageFailed."""
        known = {(row.place.name, row.key) for row in self._found}
        self._found = await unreadable(self._db, self._box, self._sealed_settings)
        news = [row for row in self._found if (row.place.name, row.key) not in known]
        for row in news[:_MOST_LINES]:
            log.error("a stored secret cannot be opened: `postroom doctor` tells what to do", of=row.title)

    async def counts(self) -> dict[str, int]:
        """Return how many of each place cannot be opened, without those repaired since. Raises StorageFailed."""
        if self._found:
            known = self._found
            self._found = await still_unreadable(self._db, self._box, self._sealed_settings, known)
        return dict(Counter(row.place.name for row in self._found))
