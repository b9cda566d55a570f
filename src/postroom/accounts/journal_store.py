"""The SQL of the journal: the check of a lease, the facts of its account, and accounts without a runner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from postroom.accounts.lifecycle import Facts, State
from postroom.accounts.model import Lease, StoredStanding
from postroom.accounts.store import Columns
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_status, accounts, timeline

# The conditions of a valid lease. Every write of a runner to its account's row checks them.
_MINE = (
    accounts.c.key == sa.bindparam("of"),
    accounts.c.owner == sa.bindparam("held_by"),
    accounts.c.epoch == sa.bindparam("in_epoch"),
    accounts.c.revision == sa.bindparam("at_revision"),
)
STANDING = (
    accounts.c.state,
    accounts.c.failures,
    account_status.c.ever_authenticated,
    account_status.c.initialized,
    account_status.c.error_announced,
    account_status.c.recovery_announced,
    account_status.c.error_since,
)
_FACTS = (
    sa.select(*STANDING)
    .join(account_status, account_status.c.account_key == accounts.c.key)
    .where(*_MINE)
    .with_for_update(of=accounts)
)
# Built once, because SQLAlchemy takes longer to build a statement than SQLite takes to run it. The values name the
# columns.
_HOLD = sa.select(accounts.c.key).where(*_MINE).with_for_update()
_NOTE = sa.update(accounts).where(*_MINE)

AT_WORK = (State.CONNECTING, State.SYNCING, State.CONNECTED)
"""The states in which a runner works on the account."""

_IS_AT_WORK = accounts.c.state.in_([state.value for state in AT_WORK])


def standing(conn: Connection, lease: Lease) -> StoredStanding | None:
    """Return what is stored of the account, and lock its row. Returns None when the lease is lost."""
    stored = conn.execute(_FACTS, _fence(lease)).one_or_none()
    return None if stored is None else standing_of(stored)


def standing_of(values: Sequence[Any]) -> StoredStanding:
    """Return the standing from the values of `STANDING`."""
    return StoredStanding(Facts(State(values[0]), *values[1:6]), values[6])


def hold(conn: Connection, lease: Lease) -> bool:
    """Lock the account's row until the transaction ends; return whether the lease is still valid."""
    return conn.execute(_HOLD, _fence(lease)).one_or_none() is not None


def note(conn: Connection, lease: Lease, values: Columns) -> bool:
    """Change columns of the narrow row if the lease is still valid; return whether it is."""
    return conn.execute(_NOTE, {**_fence(lease), **values}).rowcount == 1


def _fence(lease: Lease) -> Columns:
    return {"of": lease.key, "held_by": lease.owner, "in_epoch": lease.epoch, "at_revision": lease.revision}


def abandon(conn: Connection, which: sa.ColumnElement[bool], at: int, cause: str) -> None:
    """Set accounts whose runner is gone to the state in which they wait to be connected. No event is announced.

    How their connections ended is unknown; there just are none. Errors, and the pauses after them, stay.
    """
    left = sa.and_(which, _IS_AT_WORK)
    noted = sa.select(
        accounts.c.key,
        sa.literal(at, sa.BigInteger),
        sa.literal(State.INIT.value, sa.Text),
        sa.literal(cause, sa.Text),
        accounts.c.failures,
    ).where(left)
    conn.execute(sa.insert(timeline).from_select(["account_key", "at", "state", "cause", "attempt"], noted))
    values = {"state": State.INIT.value, "state_since": at, "connections": 0, "next_attempt": None}
    conn.execute(sa.update(accounts).where(left).values(values))
