"""Turns events into deliveries: one row for each endpoint that wants an event that is not routed yet.

One transaction routes a batch in the order of the log. On PostgreSQL one process routes at a time, so the deliveries of
an account are numbered in the order of its events. An endpoint that is switched off or has no URL gets no row.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from postroom.configuration.keys import Snapshot
from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.webhooks.delivery import routing_store
from postroom.webhooks.delivery.lane_store import LaneKey
from postroom.webhooks.endpoints.endpoint_store import FactsOfAccounts
from postroom.webhooks.endpoints.targets import default_objection, fingerprint
from postroom.webhooks.model import GLOBAL, AccountFacts, DeliveryRow, Objection, WebhookEndpoint


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of routing. `disabled` are implied endpoints that asked not to be called, each with its fingerprint."""

    settings: Snapshot
    endpoints: Mapping[str, WebhookEndpoint]
    disabled: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Routed:
    """The number of routed events by type, the seconds after which to route again, and the lanes that got one."""

    types: Counter[str] = field(default_factory=Counter)
    wait: float | None = None
    lanes: frozenset[LaneKey] = frozenset()


def route(conn: Connection, rules: Rules, facts: FactsOfAccounts, now: int) -> Routed:
    """Route one batch. The caller holds the lock for routing, and opens the lanes in the same transaction."""
    look_inside = rules.settings.inbox_new_only
    found = routing_store.unrouted(conn, with_payload=look_inside)
    if not found:
        return Routed()
    accounts = facts.of({row.account_key for row in found})
    made = [
        new_delivery(row, endpoint, now)
        for row in found
        for endpoint in wanting_endpoints(row, accounts.get(row.account_key), rules)
    ]
    lanes = frozenset((row["endpoint"], row["lane"]) for row in made)
    if made:
        routing_store.insert_deliveries(conn, made)
    routing_store.mark_routed(conn, [row.seq for row in found])
    is_full = len(found) == (routing_store.BATCH_WITH_PAYLOADS if look_inside else routing_store.BATCH)
    return Routed(Counter(row.type for row in found), 0.0 if is_full else None, lanes)


def wanting_endpoints(event: Any, facts: AccountFacts | None, rules: Rules) -> list[str]:
    """Return the endpoints that want an event; `facts` is None when its account was deleted."""
    if not rules.settings.webhooks_enabled:
        return []
    return [endpoint for endpoint, objection in objections(event, facts, rules).items() if objection is None]


def objections(event: Any, facts: AccountFacts | None, rules: Rules) -> dict[str, Objection | None]:
    """Return for each endpoint why it does not want an event, None if it wants it.

    `facts` is None when the account of the event was deleted.
    """
    default = facts.endpoint if facts else GLOBAL
    found: dict[str, Objection | None] = {default: _of_default(event, facts, rules)}
    if default != GLOBAL:
        found[GLOBAL] = Objection.OWN_URL
    metadata = facts.metadata if facts else {}
    for endpoint in rules.endpoints.values():
        is_on = endpoint.enabled
        wish = endpoint.objection(event.type, event.account, metadata) if is_on else Objection.ENDPOINT_OFF
        found[endpoint.id] = wish if rules.settings.webhooks_enabled else Objection.WEBHOOKS_OFF
    return found


def _of_default(event: Any, facts: AccountFacts | None, rules: Rules) -> Objection | None:
    settings = rules.settings
    payload = event.payload if settings.inbox_new_only else None
    objection = default_objection(settings, event.type, payload)
    if objection is not None:
        return objection
    endpoint = facts.endpoint if facts else GLOBAL
    own = facts.settings.webhooks if facts and endpoint != GLOBAL else None
    url = (own.reveal() if own else settings.webhooks) or ""
    is_set = bool(own) if facts and endpoint != GLOBAL else settings.posts_everything
    if not is_set:
        return Objection.NO_URL
    has_refused = endpoint in rules.disabled and rules.disabled[endpoint] == fingerprint(url)
    return Objection.ASKED_NOT_TO if has_refused else None


def lane_of(account: str) -> int:
    """Return the lane of an account's deliveries, a positive number of 63 bits.

    It is a hash of the id, so an account that was deleted and created again stays in one lane. Its new events cannot
    overtake the event of its deletion. Two ids that share a lane by chance only wait for one another.
    """
    return int.from_bytes(hashlib.blake2b(account.encode(), digest_size=8).digest()) >> 1 | 1


def new_delivery(event: Any, endpoint: str, now: int) -> DeliveryRow:
    """Return the row of a delivery that is queued behind the others of its account."""
    return {
        "endpoint": endpoint,
        "lane": lane_of(event.account),
        "event_seq": event.seq,
        "account_key": event.account_key,
        "account": event.account,
        "type": event.type,
        "size": event.size,
        "created_at": now,
    }
