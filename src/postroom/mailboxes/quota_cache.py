"""Recent quotas of accounts, so that frequent requests do not cause frequent sign-ins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import field
from typing import Final, Literal, TypeAlias

from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.quota import QuotaObject

__all__ = ["KEPT", "Quota", "QuotaCache"]

Quota: TypeAlias = QuotaObject | Literal[False] | None
"""`{usage, limit, status}`; False when there is no quota, None when the server could not be asked."""

KEPT: Final = 60.0
"""Seconds for which an answer is kept, including the answer that there is no quota."""


@dataclass(slots=True)
class _Account:
    """The known quota of one account. The lock is held while its server is asked."""

    revision: int
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    until: float = 0.0
    quota: Quota = None


class QuotaCache:
    """The quotas that this process has read, by account and revision. Any hashable key may stand for an account."""

    def __init__(self, kept: float = KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept = kept
        self._clock = clock
        self._accounts: dict[Hashable, _Account] = {}

    async def of(self, account: Hashable, revision: int, ask: Callable[[], Awaitable[Quota]]) -> Quota:
        """Return the quota of an account. Concurrent callers wait for one answer of the server."""
        self._forget_old()
        known = self._accounts.get(account)
        if known is None or known.revision != revision:
            known = self._accounts[account] = _Account(revision)
        async with known.lock:
            if known.until <= self._clock():
                known.quota = await ask()
                known.until = self._clock() + self._kept
            return known.quota

    def _forget_old(self) -> None:
        now = self._clock()
        for key in [key for key, each in self._accounts.items() if each.until <= now and not each.lock.locked()]:
            del self._accounts[key]
