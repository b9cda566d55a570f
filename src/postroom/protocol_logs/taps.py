"""The taps of this process, one for each account with a session, opened and closed as the settings say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final
from weakref import WeakValueDictionary

from postroom.accounts import logged_store
from postroom.configuration.runtime import TOPIC as SETTINGS_TOPIC
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.transcripts.tap import SpokenLine, Tap
from postroom.loops import run_loop
from postroom.storage.database import Database

__all__ = ["POLL", "Taps"]

POLL: Final = 30.0
"""Seconds after which a change is seen whose hint was lost."""


class Taps:
    """Sessions hold their tap; one that no session holds is forgotten."""

    def __init__(self, *, db: Database, runtime: RuntimeSettings, keep: Callable[[SpokenLine], None]) -> None:
        self._db = db
        self._runtime = runtime
        self._keep = keep
        self._logged: frozenset[str] = frozenset()
        self._all = False
        self._taps: WeakValueDictionary[str, Tap] = WeakValueDictionary()

    def of(self, account: str, *, wanted: bool) -> Tap:
        """Return the tap of an account. `wanted` is what its settings say, which may be newer than what is known here.

        The next look at the database decides for all taps.
        """
        tap = self._taps.get(account)
        if tap is None:
            tap = self._taps[account] = Tap(account, wanted or self._is_logged(account), self._keep)
        return tap

    async def run(self) -> None:
        """Follow the settings until cancelled."""
        topics = (logged_store.TOPIC, SETTINGS_TOPIC)
        waiters = [(topic, self._db.wakeups.subscribe(topic)) for topic in topics]
        try:
            async with asyncio.TaskGroup() as group:
                for topic, waiter in waiters:
                    group.create_task(run_loop(f"taps: {topic}", self._look, waiter, POLL))
        finally:
            for topic, waiter in waiters:
                self._db.wakeups.unsubscribe(topic, waiter)

    async def _look(self, _hints: set[str]) -> None:
        self._all = (await self._runtime.get()).logs.all
        self._logged = await self._db.read(logged_store.logged)
        for account, tap in list(self._taps.items()):
            tap.is_on = self._is_logged(account)

    def _is_logged(self, account: str) -> bool:
        return self._all or account in self._logged
