"""The event log: append in the caller's transaction, read by cursor, prune by age."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from postroom.clock import iso
from postroom.events.types import Event
from postroom.storage.tables import accounts, counters, events
from postroom.storage.wakeups import wake

TOPIC = "events"


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One row of the log; `payload` is the webhook body as text, complete but for the service URL."""

    seq: int
    account_key: int
    account: str
    account_seq: int
    id: str
    type: str
    at: int
    payload: str


def append(conn: sa.Connection, account_key: int, account: str, new: Sequence[Event], at: int) -> None:
    """Append events of one account, in order, and count them. The account's row must still exist.

    Numbers within the account come from its row, which the caller's transaction locks, so they have no gap and no
    double.
    """
    if not new:
        return
    last = conn.execute(
        sa.update(accounts)
        .where(accounts.c.key == account_key)
        .values(event_seq=accounts.c.event_seq + len(new))
        .returning(accounts.c.event_seq)
    ).scalar_one()
    rows = [
        _row(account_key, account, number, event, at)
        for number, event in enumerate(new, start=int(last) - len(new) + 1)
    ]
    conn.execute(sa.insert(events), rows)
    _count(conn, account_key, Counter(event.name for event in new))
    wake(conn, TOPIC)


def _row(account_key: int, account: str, account_seq: int, event: Event, at: int) -> dict[str, Any]:
    body: dict[str, Any] = {"account": account, "date": iso(at)}
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


def _count(conn: sa.Connection, account_key: int, numbers: Counter[str]) -> None:
    insert = sqlite.insert(counters) if conn.dialect.name == "sqlite" else postgresql.insert(counters)
    statement = insert.on_conflict_do_update(
        index_elements=["account_key", "event"], set_={"count": counters.c.count + insert.excluded.count}
    )
    conn.execute(
        statement,
        [{"account_key": account_key, "event": name, "count": number} for name, number in sorted(numbers.items())],
    )


def counts(conn: sa.Connection, account_keys: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return how many events of each kind each account has produced in its life."""
    found: dict[int, dict[str, int]] = {key: {} for key in account_keys}
    query = sa.select(counters).where(counters.c.account_key.in_(account_keys))
    for key, name, number in conn.execute(query):
        found[key][name] = number
    return found


def prune(conn: sa.Connection, older_than: int, limit: int = 5000) -> int:
    """Delete up to `limit` routed events from before `older_than`; return how many went."""
    old = sa.select(events.c.seq).where(events.c.at < older_than, events.c.routed).order_by(events.c.seq).limit(limit)
    return int(conn.execute(sa.delete(events).where(events.c.seq.in_(old))).rowcount)
