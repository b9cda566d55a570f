"""Records one step of an account's life: state, timeline, counters and events in one transaction under the lease.

Once an account is registered, only this module writes its state, and only the runner that holds the lease calls
`record`. The lease is void once the owner, the epoch or the revision has changed. The owner is compared too, because a
freed account keeps its epoch until the next claim.
"""

from __future__ import annotations

import secrets as random
from dataclasses import replace

from postroom.accounts import journal_store, store
from postroom.accounts.known.last_error import LastError
from postroom.accounts.lifecycle import Facts, Step, step
from postroom.accounts.model import Lease, Report, StoredStanding
from postroom.events.log import append
from postroom.events.types import (
    AccountEvent,
    Event,
    account_initialized,
    authentication_error,
    authentication_success,
    connect_error,
)
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake

STATE_TOPIC = "states"
TIMELINE_LENGTH = 500
# Cutting the timeline costs as much as the step itself, so it is done at random. In time it reaches every account.
_PRUNE_ONE_IN = 16


class LeaseLost(Exception):
    """The account was deleted, changed or taken over, so this runner may write no more."""


def record(
    conn: Connection, lease: Lease, report: Report, *, keep: int = TIMELINE_LENGTH, known: StoredStanding | None = None
) -> StoredStanding:
    """Write one step; return what is stored after it. Raises LeaseLost, and IllegalStep for an error of our own.

    `known` is what is stored before the step. Only the holder of the lease changes it, so the holder may remember it
    from its last step, or from the claim. Without it, it is read. The write itself checks the lease.

    `keep` is how many state changes the timeline holds. It may exceed that by a few dozen before it is cut.
    """
    before = known or journal_store.standing(conn, lease)
    if before is None:
        raise LeaseLost(lease.account)
    decided = step(before.facts, report.trigger, report.fingerprint)
    after = decided.after
    if not journal_store.note(conn, lease, _row(lease, before.facts, after, report)):
        raise LeaseLost(lease.account)
    detail = report.error if decided.stores_error else None
    store.insert_timeline(conn, lease.key, after.state, report.at, report.cause, after.failures, detail)
    if random.randbelow(_PRUNE_ONE_IN) == 0:
        store.prune_timeline(conn, lease.key, keep)
    status = _status(before, decided, report)
    append(conn, lease.key, lease.account, _events(decided, report), report.at, noted=status)
    wake(conn, STATE_TOPIC, lease.account)
    facts = after if report.failures is None else replace(after, failures=report.failures)
    return StoredStanding(facts, status.get("error_since", before.error_since))


def _row(lease: Lease, before: Facts, after: Facts, report: Report) -> store.Columns:
    values: store.Columns = {
        "state": after.state.value,
        "failures": after.failures if report.failures is None else report.failures,
        "next_attempt": report.next_attempt,
    }
    if report.connections is not None:
        values["connections"] = report.connections
    if report.sync_time is not None:
        values["sync_time"] = report.sync_time
    if report.parks:
        values["parked_revision"] = lease.revision
    if report.flushed:
        values["flush_pending"] = False
    if after.state is not before.state:
        values["state_since"] = report.at
    return values


def _status(standing: StoredStanding, decided: Step, report: Report) -> store.Columns:
    before, error_since, after = standing.facts, standing.error_since, decided.after
    values: store.Columns = {}
    if report.server is not None:
        values["server"] = report.server.as_row()
    if report.sync is not None:
        values["sync"] = report.sync.as_row()
    if decided.clears_error:
        values |= {"last_error": None, "error_since": None}
    elif decided.stores_error:
        same = report.fingerprint is not None and before.announced == report.fingerprint and error_since is not None
        values |= {"last_error": _row_of(report.error), "error_since": error_since if same else report.at}
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
    return values


def _events(decided: Step, report: Report) -> list[Event]:
    made: list[Event] = []
    for name in decided.events:
        event: AccountEvent
        if name == "authenticationSuccess":
            event = authentication_success(report.user)
        elif name == "accountInitialized":
            event = account_initialized()
        elif name == "authenticationError":
            event = authentication_error(_row_of(report.error) or {})
        else:
            event = connect_error(_row_of(report.error) or {})
        made.append(event)
    return made


def _row_of(error: LastError | None) -> dict[str, object] | None:
    return None if error is None else error.as_row()


def check_lease(conn: Connection, lease: Lease, **noted: int) -> None:
    """Lock the account's row for this transaction; raise LeaseLost if the runner may write no more.

    `noted` are columns of the row that the runner owns, written in the same statement.
    """
    is_held = journal_store.note(conn, lease, noted) if noted else journal_store.hold(conn, lease)
    if not is_held:
        raise LeaseLost(lease.account)
