"""The event log: appends in the caller's transaction, and prunes by age and number."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from postroom.clock import iso
from postroom.events.cursor import note_pruned
from postroom.events.types import Event
from postroom.storage.tables import account_status, deliveries, events
from postroom.storage.wakeups import wake

TOPIC = "events"
_STATUS = (
    sa.select(account_status.c.event_seq, account_status.c.counters)
    .where(account_status.c.account_key == sa.bindparam("key"))
    .with_for_update()
)
_COUNT = sa.update(account_status).where(account_status.c.account_key == sa.bindparam("key"))
_BEGIN = sa.insert(account_status)
_APPEND = sa.insert(events)


def begin(conn: sa.Connection, account_key: int, account: str, first: Event, at: int) -> None:
    """Create the status row of a new account and append its first event. `at` is in milliseconds since 1970."""
    conn.execute(_BEGIN, {"account_key": account_key, "event_seq": 1, "counters": {first.name: 1}})
    conn.execute(_APPEND, [_row(account_key, account, 1, first, at)])
    wake(conn, TOPIC)


def append(conn: sa.Connection, account_key: int, account: str, new: Sequence[Event], at: int) -> None:
    """Append events of one account, in order, and count them. The account's row must still exist.

    The status row holds the last number within the account. The transaction locks it, so numbers have no gaps and no
    duplicates.
    """
    if not new:
        return
    last, counters = conn.execute(_STATUS, {"key": account_key}).one()
    numbers = Counter(counters)
    numbers.update(event.name for event in new)
    conn.execute(_COUNT, {"key": account_key, "event_seq": last + len(new), "counters": dict(numbers)})
    rows = [_row(account_key, account, number, event, at) for number, event in enumerate(new, start=last + 1)]
    conn.execute(_APPEND, rows)
    wake(conn, TOPIC)


def _row(account_key: int, account: str, account_seq: int, event: Event, at: int) -> dict[str, Any]:
    body: dict[str, object] = {"account": account, "date": iso(at)}
    if event.path is not None:
        body["path"] = event.path
    if event.special_use is not None:
        body["specialUse"] = event.special_use
    body["event"] = event.name
    body["data"] = event.data()
    return {
        "account_key": account_key,
        "account": account,
        "account_seq": account_seq,
        "id": str(uuid.uuid4()),
        "type": event.name,
        "at": at,
        "payload": orjson.dumps(body).decode(),
    }


def prune(conn: sa.Connection, older_than: int, limit: int = 5000) -> int:
    """Delete up to `limit` routed events from before `older_than` (milliseconds since 1970); return how many."""
    return _delete_oldest(conn, events.c.at < older_than, limit)


def prune_beyond(conn: sa.Connection, keep: int, limit: int = 5000) -> int:
    """Delete up to `limit` of the oldest routed events when there are more than `keep`; return how many.

    An event with a pending delivery stays, and so do all later events.
    """
    newest = conn.execute(sa.select(sa.func.max(events.c.seq))).scalar_one() or 0
    waiting = sa.select(sa.func.min(deliveries.c.event_seq)).where(deliveries.c.state == "pending")
    first_waiting = conn.execute(waiting).scalar_one()
    last = newest - keep if first_waiting is None else min(newest - keep, first_waiting - 1)
    return _delete_oldest(conn, events.c.seq <= last, limit) if last > 0 else 0


def _delete_oldest(conn: sa.Connection, which: sa.ColumnElement[bool], limit: int) -> int:
    oldest = sa.select(events.c.seq).where(which, events.c.routed).order_by(events.c.seq).limit(limit)
    numbers = list(conn.execute(oldest).scalars())
    if numbers:
        conn.execute(sa.delete(events).where(events.c.seq.in_(numbers)))
        note_pruned(conn, numbers[-1])
    return len(numbers)
