"""Makes deliveries of events: for each event that is not routed yet, one row per endpoint that wants it.

One transaction routes a batch in the order of the log; on PostgreSQL one process at a time, so that an account's events
are numbered as they happened. What is switched off, or has no URL, gets no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from postroom.configuration.keys import Snapshot
from postroom.storage.tables import deliveries, events
from postroom.webhooks.endpoint_store import account_facts
from postroom.webhooks.lane_store import open_lanes
from postroom.webhooks.model import GLOBAL, AccountFacts, Endpoint
from postroom.webhooks.targets import fingerprint, wanted_by_default

BATCH: Final = 500
# `inboxNewOnly` looks into the payloads, and those may be large.
BATCH_WITH_PAYLOADS: Final = 50
_LOCK: Final = 7305792
_WHEN_BUSY_ELSEWHERE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Rules:
    """By what to route. `disabled` are implied endpoints that asked not to be called, with the URL's fingerprint."""

    settings: Snapshot
    endpoints: Mapping[str, Endpoint]
    disabled: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Routed:
    """How many events were routed, and in how many seconds there is certainly reason to look again."""

    events: int
    wait: float | None = None


_UNROUTED = (
    sa.select(
        events.c.seq,
        events.c.account_key,
        events.c.account,
        events.c.type,
        sa.func.length(events.c.payload).label("size"),
    )
    .where(events.c.routed == sa.false())
    .order_by(events.c.seq)
    .limit(sa.bindparam("batch"))
)
_UNROUTED_WITH_PAYLOAD = _UNROUTED.add_columns(events.c.payload)
_MARK = sa.update(events).where(events.c.seq.in_(sa.bindparam("seqs", expanding=True))).values(routed=sa.true())
_INSERT = sa.insert(deliveries)


def route(conn: sa.Connection, rules: Rules, now: int) -> Routed:
    """Route one batch."""
    if not _alone(conn):
        return Routed(0, _WHEN_BUSY_ELSEWHERE)
    batch = BATCH_WITH_PAYLOADS if rules.settings.inbox_new_only else BATCH
    query = _UNROUTED_WITH_PAYLOAD if rules.settings.inbox_new_only else _UNROUTED
    found = conn.execute(query, {"batch": batch}).all()
    if not found:
        return Routed(0)
    facts = account_facts(conn, {row.account_key for row in found})
    made = [
        new_delivery(row, endpoint, now)
        for row in found
        for endpoint in wanting_endpoints(row, facts.get(row.account_key), rules)
    ]
    if made:
        insert_deliveries(conn, made)
        open_lanes(conn, {(row["endpoint"], row["lane"]) for row in made}, now)
    conn.execute(_MARK, {"seqs": [row.seq for row in found]})
    return Routed(len(found), 0.0 if len(found) == batch else None)


def insert_deliveries(conn: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """Store new deliveries, in order; their lanes are to be opened in the same transaction."""
    conn.execute(_INSERT, rows)


def _alone(conn: sa.Connection) -> bool:
    if conn.dialect.name != "postgresql":
        return True
    return bool(conn.execute(sa.text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}).scalar_one())


def wanting_endpoints(event: Any, facts: AccountFacts | None, rules: Rules) -> list[str]:
    """Return the endpoints that are to get an event; `facts` is None when its account was deleted."""
    settings = rules.settings
    if not settings.webhooks_enabled:
        return []
    wanting = []
    payload = event.payload if settings.inbox_new_only else None
    if wanted_by_default(settings, event.type, payload):
        endpoint = facts.endpoint if facts else GLOBAL
        url = facts.document["webhooks"] if facts and endpoint != GLOBAL else settings.webhooks
        if url and not (endpoint in rules.disabled and rules.disabled[endpoint] == fingerprint(url)):
            wanting.append(endpoint)
    metadata = facts.metadata if facts else {}
    wanting.extend(
        endpoint.id
        for endpoint in rules.endpoints.values()
        if endpoint.enabled and endpoint.wants(event.type, event.account, metadata)
    )
    return wanting


def new_delivery(event: Any, endpoint: str, now: int) -> dict[str, Any]:
    """Return the row of a delivery that waits its turn behind the others of its account."""
    return {
        "endpoint": endpoint,
        "lane": event.account_key,
        "event_seq": event.seq,
        "account_key": event.account_key,
        "account": event.account,
        "type": event.type,
        "size": event.size,
        "created_at": now,
    }
