"""Checks whether the gateway is healthy: the other rooms, the database and the stored secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final

from postroom.errors import StorageDamaged, StorageFailed
from postroom.events.reader import EventReader
from postroom.footprint.dataclass import dataclass
from postroom.storage.probe import WriteProbe
from postroom.storage.sealing.soundness import Soundness

_DATABASE_TIMEOUT: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """The health of one process. `checks` come from other rooms; each returns a reason or None."""

    events: EventReader
    probe: WriteProbe
    soundness: Soundness | None = None
    checks: Mapping[str, Callable[[], str | None]] = field(default_factory=dict)

    async def reasons(self) -> list[str]:
        """Return why the gateway cannot work; empty when it can."""
        reasons = [reason for reason in (check() for check in self.checks.values()) if reason is not None]
        try:
            async with asyncio.timeout(_DATABASE_TIMEOUT):
                await self.events.newest()
        except StorageDamaged:
            return [*reasons, "the file of the database is damaged: the log says what to do"]
        except (StorageFailed, TimeoutError):
            return [*reasons, "the database does not answer"]
        try:
            async with asyncio.timeout(_DATABASE_TIMEOUT):
                await self.probe.check()
        except (StorageFailed, TimeoutError):
            reasons.append("the database takes no writes: its disk may be full or read-only")
        return reasons

    async def warnings(self) -> list[str]:
        """Return what the operator should look into. It does not name accounts: everybody may read it."""
        return [
            f"{place}: the stored secrets of {count} cannot be opened; postroom doctor names them"
            for place, count in (await self._unreadable()).items()
        ]

    async def _unreadable(self) -> dict[str, int]:
        """Return how many stored secrets of each place cannot be opened; empty when the database does not answer."""
        if self.soundness is None:
            return {}
        try:
            async with asyncio.timeout(_DATABASE_TIMEOUT):
                return await self.soundness.counts()
        except (StorageFailed, TimeoutError):
            return {}
