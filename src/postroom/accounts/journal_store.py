"""SQL for the journal: the fence of a lease, the facts behind it, and accounts whose runner is gone. No decisions."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.accounts.lifecycle import Facts, State
from postroom.accounts.model import Lease
from postroom.accounts.store import Columns
from postroom.storage.tables import account_status, accounts, timeline

# What makes a lease valid: the one fence of everything that a runner writes into its account's row.
_MINE = (
    accounts.c.key == sa.bindparam("of"),
    accounts.c.owner == sa.bindparam("held_by"),
    accounts.c.epoch == sa.bindparam("in_epoch"),
    accounts.c.revision == sa.bindparam("at_revision"),
)
_FACTS = (
    sa.select(
        accounts.c.state,
        accounts.c.failures,
        account_status.c.ever_authenticated,
        account_status.c.initialized,
        account_status.c.error_announced,
        account_status.c.recovery_announced,
        account_status.c.error_since,
    )
    .join(account_status, account_status.c.account_key == accounts.c.key)
    .where(*_MINE)
    .with_for_update(of=accounts)
)
# Built once: SQLAlchemy takes longer to build a statement than SQLite takes to run it. The columns follow the values.
_WRITE_ROW = sa.update(accounts).where(accounts.c.key == sa.bindparam("of"))
_WRITE_STATUS = sa.update(account_status).where(account_status.c.account_key == sa.bindparam("of"))
_HOLD = sa.select(accounts.c.key).where(*_MINE).with_for_update()
_NOTE = sa.update(accounts).where(*_MINE)

# The states that say that somebody is at work on the account.
_AT_WORK = accounts.c.state.in_([State.CONNECTING.value, State.SYNCING.value, State.CONNECTED.value])


def facts(conn: sa.Connection, lease: Lease) -> tuple[Facts, int | None] | None:
    """Return what the state table decides by, and since when the account has its error, and hold the row.

    None when the lease is lost.
    """
    stored = conn.execute(_FACTS, _fence(lease)).one_or_none()
    return None if stored is None else (Facts(State(stored[0]), *stored[1:6]), stored[6])


def write_row(conn: sa.Connection, key: int, values: Columns) -> None:
    """Change columns of the narrow row, which the transaction holds by its lease."""
    conn.execute(_WRITE_ROW, {"of": key, **values})


def write_status(conn: sa.Connection, key: int, values: Columns) -> None:
    """Change columns of the status row."""
    conn.execute(_WRITE_STATUS, {"of": key, **values})


def hold(conn: sa.Connection, lease: Lease) -> bool:
    """Hold the account's row until the transaction ends; say whether the lease is still valid."""
    return conn.execute(_HOLD, _fence(lease)).one_or_none() is not None


def note(conn: sa.Connection, lease: Lease, values: Columns) -> bool:
    """Change columns of the narrow row if the lease is still valid; say whether it is."""
    return conn.execute(_NOTE, {**_fence(lease), **values}).rowcount == 1


def _fence(lease: Lease) -> Columns:
    return {"of": lease.key, "held_by": lease.owner, "in_epoch": lease.epoch, "at_revision": lease.revision}


def abandon(conn: sa.Connection, which: sa.ColumnElement[bool], at: int, cause: str) -> None:
    """Say of accounts whose runner is gone that they wait to be connected; no event is announced.

    It is not known how their connections ended, only that there are none. Errors, and the waits after them, stay.
    """
    left = sa.and_(which, _AT_WORK)
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
