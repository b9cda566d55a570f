"""Tells how the sending of an account stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

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
