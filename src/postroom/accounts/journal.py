"""Records one step of an account's life: state, timeline, counters and events in one transaction, fenced by the lease.

This is the one writer of an account's state once the account is registered; only the runner that holds the lease calls
`record`. A lease writes nothing once the owner, the epoch or the revision is another one. The owner counts too: a freed
account keeps its epoch until the next claim. `abandon` sets right what runners that are gone have left behind.
"""

from __future__ import annotations

import secrets as random
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from postroom.accounts import store
from postroom.accounts.lifecycle import Facts, State, Step, Trigger, step
from postroom.accounts.model import Lease, Told
from postroom.events.log import append
from postroom.events.types import (
    AccountEvent,
    Event,
    account_initialized,
    authentication_error,
    authentication_success,
    connect_error,
)
from postroom.storage.tables import account_status, accounts, timeline
from postroom.storage.wakeups import wake

STATE_TOPIC = "states"
TIMELINE_LENGTH = 500
# Cutting the timeline at every step would cost as much as the step; by chance, no account is passed over for ever.
_PRUNE_ONE_IN = 16


class LeaseLost(Exception):
    """The account was deleted, changed or taken over: this runner may write no more."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a runner has to say with a trigger. Times are milliseconds since 1970.

    `error` is the `lastError` object, `fingerprint` what makes two failures the same, `cause` the words for the
    timeline, `row` further runner-owned columns of the narrow row, `status` those of the status row.
    """

    trigger: Trigger
    at: int
    cause: str
    user: str = ""
    error: Told | None = None
    fingerprint: str | None = None
    next_attempt: int | None = None
    row: store.Columns = field(default_factory=dict)
    status: store.Columns = field(default_factory=dict)


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


def record(conn: sa.Connection, lease: Lease, report: Report, *, keep: int = TIMELINE_LENGTH) -> Facts:
    """Write one step; return the facts after it. Raises LeaseLost, and lifecycle.IllegalStep for a fault of ours.

    `keep` is how many state changes the timeline holds; it may run over by a few dozen before it is cut.
    """
    stored = conn.execute(_FACTS, _fence(lease)).one_or_none()
    if stored is None:
        raise LeaseLost(lease.account)
    before = Facts(State(stored[0]), *stored[1:6])
    decided = step(before, report.trigger, report.fingerprint)
    _write_row(conn, lease, before, decided, report)
    _write_status(conn, lease, before, decided, report, stored[6])
    after = decided.after
    detail = report.error if decided.stores_error else None
    store.insert_timeline(conn, lease.key, after.state, report.at, report.cause, after.failures, detail)
    if random.randbelow(_PRUNE_ONE_IN) == 0:
        store.prune_timeline(conn, lease.key, keep)
    append(conn, lease.key, lease.account, _events(decided, report), report.at)
    wake(conn, STATE_TOPIC, lease.account)
    return after


def _write_row(conn: sa.Connection, lease: Lease, before: Facts, decided: Step, report: Report) -> None:
    values: store.Columns = {
        "of": lease.key,
        "state": decided.after.state.value,
        "failures": decided.after.failures,
        "next_attempt": report.next_attempt,
        **report.row,
    }
    if decided.after.state is not before.state:
        values["state_since"] = report.at
    conn.execute(_WRITE_ROW, values)


def _write_status(
    conn: sa.Connection, lease: Lease, before: Facts, decided: Step, report: Report, error_since: int | None
) -> None:
    after = decided.after
    values: store.Columns = dict(report.status)
    if decided.clears_error:
        values |= {"last_error": None, "error_since": None}
    elif decided.stores_error:
        same = report.fingerprint is not None and before.announced == report.fingerprint and error_since is not None
        values |= {"last_error": report.error, "error_since": error_since if same else report.at}
    if (after.ever_authenticated, after.initialized, after.announced, after.recovery_announced) != (
        before.ever_authenticated,
        before.initialized,
        before.announced,
        before.recovery_announced,
    ):
        values |= {
            "ever_authenticated": after.ever_authenticated,
            "initialized": after.initialized,
            "error_announced": after.announced,
            "recovery_announced": after.recovery_announced,
        }
    if values:
        conn.execute(_WRITE_STATUS, {"of": lease.key, **values})


def _events(decided: Step, report: Report) -> list[Event]:
    made: list[Event] = []
    for name in decided.events:
        event: AccountEvent
        if name == "authenticationSuccess":
            event = authentication_success(report.user)
        elif name == "accountInitialized":
            event = account_initialized()
        elif name == "authenticationError":
            event = authentication_error(report.error or {})
        else:
            event = connect_error(report.error or {})
        made.append(event)
    return made


def check_lease(conn: sa.Connection, lease: Lease, **noted: Any) -> None:
    """Hold the account's row for this transaction; raise LeaseLost when the runner may write no more.

    `noted` are columns of the row that the runner owns, written in the same statement.
    """
    if noted:
        is_held = conn.execute(_NOTE, {**_fence(lease), **noted}).rowcount == 1
    else:
        is_held = conn.execute(_HOLD, _fence(lease)).one_or_none() is not None
    if not is_held:
        raise LeaseLost(lease.account)


def _fence(lease: Lease) -> store.Columns:
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
