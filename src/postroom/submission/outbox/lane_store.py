"""SQL that reads how the sending of an account stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from postroom.storage.schema.sending import sending_lanes
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.submission.outbox.lane_state import USUAL, LaneState, lane_state

__all__ = ["find", "find_by_key"]

_LANES = sa.select(
    sending_lanes.c.paused,
    sending_lanes.c.held_until,
    sending_lanes.c.held_for,
    sending_lanes.c.last,
)
_FIND = _LANES.join(accounts, accounts.c.key == sending_lanes.c.account_key).where(
    accounts.c.account == sa.bindparam("account")
)
_BY_KEY = _LANES.where(sending_lanes.c.account_key == sa.bindparam("key"))


def find(conn: Connection, account: str) -> LaneState:
    """Return how the sending of an account stands; an account that never sent anything has no row."""
    return _state(conn.execute(_FIND, {"account": account}).one_or_none())


def find_by_key(conn: Connection, key: int) -> LaneState:
    """Return the same by the key of the account."""
    return _state(conn.execute(_BY_KEY, {"key": key}).one_or_none())


def _state(row: Sequence[Any] | None) -> LaneState:
    return USUAL if row is None else lane_state(*row)
