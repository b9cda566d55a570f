"""SQL that reads how the sending of an account stands."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.accounts import store
from postroom.accounts.model import AccountView
from postroom.accounts.settings.requests import is_storable
from postroom.storage.schema.sending import sending_lanes
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.submission.outbox.lane_state import USUAL, LaneState, lane_state

__all__ = ["find", "find_with_account"]

_LANE = (sending_lanes.c.paused, sending_lanes.c.held_until, sending_lanes.c.held_for, sending_lanes.c.last)
_FIND = (
    sa.select(*_LANE)
    .join(accounts, accounts.c.key == sending_lanes.c.account_key)
    .where(accounts.c.account == sa.bindparam("account"))
)
_WITH_ACCOUNT = store.VIEW.add_columns(*_LANE).outerjoin(sending_lanes, sending_lanes.c.account_key == accounts.c.key)


def find(conn: Connection, account: str) -> LaneState:
    """Return how the sending of an account stands; an account that never sent anything has no row."""
    row = conn.execute(_FIND, {"account": account}).one_or_none()
    return USUAL if row is None else lane_state(*row)


def find_with_account(conn: Connection, account: str) -> tuple[AccountView, LaneState] | None:
    """Return the same with everything known about the account; None if there is no such account."""
    if not is_storable(account):
        return None
    row = conn.execute(_WITH_ACCOUNT, {"account": account}).one_or_none()
    # Without a row of its own the columns are null, which means the usual state.
    return None if row is None else (store.view_of(row), lane_state(*row[store.VIEW_WIDTH :]))
