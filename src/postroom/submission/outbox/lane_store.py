"""SQL that reads how the sending of an account stands."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.schema.sending import sending_lanes
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.submission.outbox.lane_state import USUAL, LaneState, lane_state

__all__ = ["find"]

_FIND = (
    sa.select(
        sending_lanes.c.paused,
        sending_lanes.c.held_until,
        sending_lanes.c.held_for,
        sending_lanes.c.last,
    )
    .join(accounts, accounts.c.key == sending_lanes.c.account_key)
    .where(accounts.c.account == sa.bindparam("account"))
)


def find(conn: Connection, account: str) -> LaneState:
    """Return how the sending of an account stands; an account that never sent anything has no row."""
    row = conn.execute(_FIND, {"account": account}).one_or_none()
    return USUAL if row is None else lane_state(row.paused, row.held_until, row.held_for, row.last)
