"""Tells how the sending of an account stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from postroom.accounts import store
from postroom.accounts.model import AccountNotFound, AccountView
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
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

        def work(conn: Connection) -> tuple[AccountView, LaneState] | None:
            view = store.view(conn, account)
            return None if view is None else (view, lane_store.find_by_key(conn, view.row.key))

        found = await self.db.read(work)
        if found is None:
            raise AccountNotFound
        return found
