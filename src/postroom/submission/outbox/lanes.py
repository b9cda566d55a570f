"""Tells how the sending of an account stands."""

from __future__ import annotations

from functools import partial

from postroom.accounts.model import AccountNotFound, AccountView
from postroom.footprint.dataclass import dataclass
from postroom.storage.database import Database
from postroom.submission.outbox import lane_store
from postroom.submission.outbox.lane_state import LaneState

__all__ = ["SendingLanes"]


@dataclass(frozen=True, slots=True)
class SendingLanes:
    """The sending of all accounts."""

    db: Database

    async def state_of(self, account: str) -> LaneState:
        """Return how the sending of an account stands. Raises StorageUnavailable."""
        return await self.db.read(partial(lane_store.find, account=account))

    async def with_account(self, account: str) -> tuple[AccountView, LaneState]:
        """Return everything known about an account, and how its sending stands, in one read.

        Raises AccountNotFound, StorageUnavailable.
        """
        found = await self.db.read(partial(lane_store.find_with_account, account=account))
        if found is None:
            raise AccountNotFound
        return found
