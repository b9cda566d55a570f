"""SQL for deliveries: loads the first of each claimed lane with all that posting needs, and saves the results."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries, events, webhook_lanes
from postroom.webhooks.delivery import try_store
from postroom.webhooks.delivery.lane_store import PENDING, LaneKey, open_lanes
from postroom.webhooks.endpoints.endpoint_store import FactsOfAccounts
from postroom.webhooks.model import Delivery, Lane, Release, Result, TargetKind, kind_of

# How much of a lane is loaded at once. This bounds memory, and how much a crash can cause to be sent twice.
DELIVERIES_PER_LANE: Final = 50
BYTES_PER_LANE: Final = 256 * 1024

_DELIVERY = (
    deliveries.c.id,
    deliveries.c.endpoint,
    deliveries.c.lane,
    deliveries.c.event_seq,
    deliveries.c.account_key,
    deliveries.c.account,
    deliveries.c.type,
    deliveries.c.size,
    deliveries.c.attempts,
    deliveries.c.step,
    deliveries.c.created_at,
    deliveries.c.attempted_at,
)
_CLAIMED = webhook_lanes.c.claimed_by == sa.bindparam("me")
# By endpoint: given a list of pairs, SQLite reads all lanes.
_THESE_LANES = (
    webhook_lanes.c.endpoint == sa.bindparam("endpoint"),
    webhook_lanes.c.lane.in_(sa.bindparam("lanes", expanding=True)),
)
_PENDING = deliveries.c.state == PENDING
_SAVE = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("b_id"), deliveries.c.lane == sa.bindparam("b_carried_in"), _PENDING)
    .values(
        state=sa.bindparam("b_state"),
        lane=sa.bindparam("b_lane"),
        attempts=sa.bindparam("b_attempts"),
        step=sa.bindparam("b_step"),
        attempted_at=sa.bindparam("b_attempted_at"),
        finished_at=sa.bindparam("b_finished_at"),
        last_status=sa.bindparam("b_status"),
        last_error=sa.bindparam("b_error"),
        last_took=sa.bindparam("b_took"),
    )
)


def load(
    conn: Connection,
    me: str,
    claimed: Sequence[LaneKey],
    opened: Sequence[LaneKey],
    accounts: FactsOfAccounts,
    now: int,
) -> tuple[list[Lane], list[Release]]:
    """Return lanes with their first deliveries, in the order given, and the empty lanes to release.

    The `claimed` ones are claimed by `me`. The `opened` ones may be another's: then they are left out.

    When an account's default target has changed between the global URL and its own, its deliveries move to the new
    endpoint and the old lane is returned as empty.
    """
    keys = [*claimed, *opened]
    found = _first_pending(conn, me, keys, is_mine=not opened) if keys else {}
    may_be_anothers = frozenset(opened)
    facts = accounts.of({rows[0].account_key for rows, _ in found.values()})
    lanes: list[Lane] = []
    empty: list[Release] = []
    for endpoint, number in keys:
        rows, is_whole = found.get((endpoint, number), ([], True))
        account = facts.get(rows[0].account_key) if rows else None
        if not rows:
            if (endpoint, number) not in may_be_anothers:
                empty.append(Release(endpoint, number, now))
        elif account and kind_of(endpoint) is not TargetKind.OBJECT and account.endpoint != endpoint:
            _move(conn, (endpoint, number), account.endpoint, now)
            empty.append(Release(endpoint, number, now))
        else:
            lanes.append(Lane(endpoint, number, rows, account, is_whole))
    _add_payloads(conn, lanes)
    return lanes, empty


def _first_pending(
    conn: Connection, me: str, keys: Sequence[LaneKey], *, is_mine: bool
) -> dict[LaneKey, tuple[list[Delivery], bool]]:
    """Return the first pending deliveries of lanes claimed by `me`, and whether they are all of the lane."""
    found: dict[LaneKey, list[Delivery]] = {}
    sizes: dict[LaneKey, int] = {}
    counts: Counter[LaneKey] = Counter()
    for row in _pending_rows(conn, me, keys, is_mine=is_mine):
        delivery = Delivery(*row[: len(_DELIVERY)])
        if len(row) > len(_DELIVERY) and row.payload is not None:
            _add_event(delivery, row)
        key = (delivery.endpoint, delivery.lane)
        counts[key] += 1
        taken = found.setdefault(key, [])
        # The account's facts are read once per lane, so loading stops where another account's deliveries begin.
        if taken and taken[0].account_key != delivery.account_key:
            sizes[key] = BYTES_PER_LANE
        if sizes.get(key, 0) < BYTES_PER_LANE:
            sizes[key] = sizes.get(key, 0) + delivery.size
            taken.append(delivery)
    return {key: (taken, len(taken) == counts[key] < DELIVERIES_PER_LANE) for key, taken in found.items()}


def _pending_rows(conn: Connection, me: str, keys: Sequence[LaneKey], *, is_mine: bool) -> Iterable[Any]:
    """Return the first pending deliveries of each lane, oldest first."""
    # Nearly always it is one lane. Its claim waits to be written, and goes along with a query that does not read it.
    if len(keys) == 1:
        this = {"endpoint": keys[0][0], "lane": keys[0][1]}
        return conn.execute(_FIRST_OF_ONE, this) if is_mine else conn.execute(_FIRST_OF_MINE, {**this, "me": me})
    query = _FIRST_PENDING_LATERAL if conn.dialect.name == "postgresql" else _FIRST_PENDING
    lanes: defaultdict[str, list[int]] = defaultdict(list)
    for endpoint, lane in keys:
        lanes[endpoint].append(lane)
    asked = [conn.ask(query, {"endpoint": each, "lanes": of, "me": me}) for each, of in lanes.items()]
    return sorted((row for answer in asked for row in answer()), key=lambda row: row.id)


def _of_lane(source: Any) -> tuple[Any, ...]:
    return (
        source.c.endpoint == webhook_lanes.c.endpoint,
        source.c.lane == webhook_lanes.c.lane,
        source.c.state == PENDING,
    )


def _first_pending_statement() -> sa.Select[Any]:
    other = deliveries.alias("other")
    first = (sa.select(other.c.id).where(*_of_lane(other)).order_by(other.c.id).limit(DELIVERIES_PER_LANE)).correlate(
        webhook_lanes
    )
    return (
        sa.select(*_DELIVERY)
        .select_from(webhook_lanes.join(deliveries, deliveries.c.id.in_(first)))
        .where(*_THESE_LANES, _CLAIMED)
    )


def _first_pending_lateral_statement() -> sa.Select[Any]:
    first = (
        sa.select(*_DELIVERY)
        .where(*_of_lane(deliveries))
        .order_by(deliveries.c.id)
        .limit(DELIVERIES_PER_LANE)
        .lateral("first")
    )
    return sa.select(*first.c).select_from(webhook_lanes.join(first, sa.true())).where(*_THESE_LANES, _CLAIMED)


# One query in two dialects: the first pending deliveries of each lane, read from the index.
_FIRST_PENDING: Final = _first_pending_statement()
_FIRST_PENDING_LATERAL: Final = _first_pending_lateral_statement()
# The payloads of a lane must not be loaded all at once, but small ones come along.
_SMALL: Final = BYTES_PER_LANE // DELIVERIES_PER_LANE
_EVENT: Final = (events.c.id.label("event_id"), events.c.at, events.c.payload, events.c.trace)
_FIRST_OF_ONE: Final = (
    sa.select(*_DELIVERY, *_EVENT)
    .select_from(
        deliveries.outerjoin(events, sa.and_(events.c.seq == deliveries.c.event_seq, deliveries.c.size <= _SMALL))
    )
    .where(deliveries.c.endpoint == sa.bindparam("endpoint"), deliveries.c.lane == sa.bindparam("lane"), _PENDING)
    .order_by(deliveries.c.id)
    .limit(DELIVERIES_PER_LANE)
)
_FIRST_OF_MINE: Final = _FIRST_OF_ONE.where(
    sa.exists().where(
        webhook_lanes.c.endpoint == sa.bindparam("endpoint"),
        webhook_lanes.c.lane == sa.bindparam("lane"),
        _CLAIMED,
    )
)
_PAYLOAD: Final = sa.select(events.c.seq, *_EVENT)
_PAYLOAD_OF_ONE: Final = _PAYLOAD.where(events.c.seq == sa.bindparam("seq"))
_PAYLOADS: Final = _PAYLOAD.where(events.c.seq.in_(sa.bindparam("seqs", expanding=True)))


def _add_payloads(conn: Connection, lanes: list[Lane]) -> None:
    wanted = [delivery for lane in lanes for delivery in lane.deliveries if delivery.payload is None]
    if not wanted:
        return
    seqs = sorted({each.event_seq for each in wanted})
    one = len(seqs) == 1
    rows = conn.execute(_PAYLOAD_OF_ONE, {"seq": seqs[0]}) if one else conn.execute(_PAYLOADS, {"seqs": seqs})
    found = {row.seq: row for row in rows}
    for delivery in wanted:
        row = found.get(delivery.event_seq)
        if row is not None:
            _add_event(delivery, row)


def _add_event(delivery: Delivery, row: Any) -> None:
    delivery.event_id, delivery.payload = row.event_id, row.payload
    delivery.trace, delivery.event_at = row.trace or "", row.at


def _move(conn: Connection, key: LaneKey, endpoint: str, now: int) -> None:
    old, lane = key
    conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.endpoint == old, deliveries.c.lane == lane, _PENDING)
        # accountDeleted always goes to the global URL. Deliveries of a deleted account never reach this line.
        .values(endpoint=endpoint)
    )
    open_lanes(conn, [(endpoint, lane)], now)


def save(conn: Connection, results: Sequence[Result]) -> None:
    """Store the results of deliveries. One that is no longer pending in its lane stays as it is.

    It was finished meanwhile, or is to be sent again: then it is in a new lane, and this answer came before.
    """
    if not results:
        return
    conn.defer(_SAVE, [_saved(result) for result in results])
    try_store.keep(conn, results)
    for result in results:
        if result.opens_at is not None:
            open_lanes(conn, [(result.endpoint, result.lane)], result.opens_at)


def _saved(result: Result) -> dict[str, object]:
    return {
        "b_id": result.delivery,
        "b_carried_in": result.carried_in,
        "b_state": result.state.value,
        "b_lane": result.lane,
        "b_attempts": result.attempts,
        "b_step": result.step,
        "b_attempted_at": result.attempted_at,
        "b_finished_at": result.finished_at,
        "b_status": result.status,
        "b_error": result.error,
        "b_took": result.took,
    }
