"""The quotas of stored accounts: read over a borrowed session, and kept for a while."""

from __future__ import annotations

import asyncio
from dataclasses import field
from functools import partial
from typing import Final

from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountRow, NotConnected
from postroom.connections.failures import ConnectionFailed
from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.quota import read_quota
from postroom.mailboxes.quota_cache import Quota, QuotaCache
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.failures import SessionFailed

__all__ = ["Quotas"]

_BOUND: Final = 60.0
"""Seconds to wait for the server's answer."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """The answers to `?quota=true`."""

    borrowing: Borrowing
    memory: QuotaCache = field(default_factory=QuotaCache)

    async def of(self, account: str, row: AccountRow) -> Quota:
        """Return the quota of an account; None when the server cannot be asked now.

        The server is asked only while the account is connected, because a quota is not worth another refused sign-in.
        Raises AccountNotFound and StorageFailed.
        """
        if row.state is not State.CONNECTED:
            return None
        return await self.memory.of(row.key, row.revision, partial(self._ask, account))

    async def _ask(self, account: str) -> Quota:
        try:
            async with self.borrowing.borrow(account) as client, asyncio.timeout(_BOUND):
                return await read_quota(client)
        except (SessionFailed, NotConnected, ConnectionFailed, TimeoutError):
            return None
