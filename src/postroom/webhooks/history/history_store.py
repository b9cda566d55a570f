"""SQL for the history of deliveries: lists, counts, queues again, gives up and removes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries, events, webhook_lanes
from postroom.storage.wakeups import wake
from postroom.webhooks.delivery import try_store
from postroom.webhooks.delivery.lane_store import PENDING, open_lanes
from postroom.webhooks.model import SendingState
from postroom.webhooks.views import DeliveryView

_LANES_APART: Final = 65_536
_PENDING = deliveries.c.state == PENDING
_SHOWN = (
    deliveries.c.id,
    deliveries.c.endpoint,
    deliveries.c.account,
    deliveries.c.type,
    deliveries.c.state,
    deliveries.c.attempts,
    deliveries.c.created_at,
    deliveries.c.attempted_at,
    deliveries.c.finished_at,
    deliveries.c.last_status,
    deliveries.c.last_error,
    events.c.id.label("event_id"),
    deliveries.c.event_seq,
    deliveries.c.last_took,
)


@dataclass(frozen=True, slots=True)
class DeliveryQuery:
    """Which deliveries to list."""

    state: SendingState | None = None
    account: str | None = None
    event: str | None = None
    page: int = 0
    page_size: int = 20


def page(conn: Connection, endpoint: str, query: DeliveryQuery) -> tuple[int, list[DeliveryView]]:
    """Return how many deliveries of an endpoint match, and one page of them, newest first."""
    which = [deliveries.c.endpoint == endpoint]
    if query.state is not None:
        which.append(deliveries.c.state == query.state.value)
    if query.account is not None:
        which.append(deliveries.c.account == query.account)
    if query.event is not None:
        which.append(deliveries.c.type == query.event)
    total = int(conn.execute(sa.select(sa.func.count()).select_from(deliveries).where(*which)).scalar_one())
    shown = _shown(*which).order_by(deliveries.c.id.desc())
    rows = conn.execute(shown.limit(query.page_size).offset(query.page * query.page_size))
    return total, [_view(row) for row in rows]


def find(conn: Connection, endpoint: str, delivery: int) -> DeliveryView | None:
    """Return one delivery of an endpoint."""
    row = conn.execute(_shown(deliveries.c.endpoint == endpoint, deliveries.c.id == delivery)).one_or_none()
    return _view(row) if row else None


def find_any(conn: Connection, delivery: int) -> DeliveryView | None:
    """Return one delivery, whatever its endpoint."""
    row = conn.execute(_shown(deliveries.c.id == delivery)).one_or_none()
    return _view(row) if row else None


def of_event(conn: Connection, seq: int) -> list[DeliveryView]:
    """Return the deliveries of the event with this number, newest first."""
    rows = conn.execute(_shown(deliveries.c.event_seq == seq).order_by(deliveries.c.id.desc()))
    return [_view(row) for row in rows]


def endpoints(conn: Connection, most: int = 1000) -> list[str]:
    """Return the endpoints that have deliveries, at most so many. Each is found by one step in the index."""
    names = sa.select(sa.func.min(deliveries.c.endpoint).label("name")).cte("names", recursive=True)
    following = sa.select(sa.func.min(deliveries.c.endpoint)).where(deliveries.c.endpoint > names.c.name)
    step = sa.select(following.correlate(names).scalar_subquery()).where(names.c.name.is_not(None))
    found = names.union_all(step)
    return list(conn.execute(sa.select(found.c.name).where(found.c.name.is_not(None)).limit(most)).scalars())


def last_delivered(conn: Connection, endpoint: str) -> DeliveryView | None:
    """Return the newest delivery of an endpoint that arrived."""
    arrived = (deliveries.c.endpoint == endpoint, deliveries.c.state == SendingState.DELIVERED.value)
    row = conn.execute(_shown(*arrived).order_by(deliveries.c.id.desc()).limit(1)).one_or_none()
    return _view(row) if row else None


def _shown(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(*_SHOWN).outerjoin(events, events.c.seq == deliveries.c.event_seq).where(*which)


def _view(values: Sequence[Any]) -> DeliveryView:
    return DeliveryView(*values)


def counts(conn: Connection, endpoint: str) -> dict[str, int]:
    """Return how many deliveries of an endpoint are in each state."""
    query = (
        sa.select(deliveries.c.state, sa.func.count())
        .where(deliveries.c.endpoint == endpoint)
        .group_by(deliveries.c.state)
    )
    return {state: int(number) for state, number in conn.execute(query)}


def requeue(conn: Connection, endpoint: str, delivery: int, now: int, topic: str) -> bool:
    """Queue one delivery again in a new lane of its own, with a new schedule. False when its event is no longer kept.

    An answer to an earlier request may not be stored yet. It is then for another lane, and does not settle this one.
    """
    view = find(conn, endpoint, delivery)
    if view is None or view.event_id is None:
        return False
    this = deliveries.c.id == delivery
    lane = lane_apart(delivery, now)
    try_store.keep_accepted(conn, delivery)
    conn.execute(
        sa.update(deliveries).where(this).values(state=SendingState.PENDING.value, lane=lane, step=0, finished_at=None)
    )
    open_lanes(conn, [(endpoint, lane)], now)
    wake(conn, topic)
    return True


def lane_apart(delivery: int, now: int) -> int:
    """Return the lane of a delivery that is sent again at `now` (milliseconds since 1970), nearly always a new one.

    It is negative, as all lanes of single deliveries. Two that share one by chance only wait for one another.
    """
    return -(delivery * _LANES_APART + now % _LANES_APART)


@dataclass(frozen=True, slots=True)
class Replay:
    """Which events to send again: from `since` (milliseconds since 1970); empty `types` means all types.

    Events up to sequence number `after` are skipped.
    """

    endpoint: str
    since: int
    account: str | None = None
    types: tuple[str, ...] = ()
    after: int = 0


@dataclass(frozen=True, slots=True)
class Replayed:
    """The result of a replay: how many events were queued, and the sequence number of the last event examined.

    If it is not `complete`, a replay with this `after` continues where it stopped.
    """

    queued: int
    after: int
    complete: bool


def events_to_replay(
    conn: Connection, replay: Replay, after: int, limit: int, *, with_payload: bool = False
) -> list[Any]:
    """Return the next routed events after a sequence number, in order; `queued` marks those that are still pending."""
    same = deliveries.c.event_seq == events.c.seq
    queued = sa.exists().where(deliveries.c.endpoint == replay.endpoint, _PENDING, same)
    query = (
        sa.select(
            events.c.seq,
            events.c.account_key,
            events.c.account,
            events.c.type,
            sa.func.length(events.c.payload).label("size"),
            queued.label("queued"),
        )
        .where(events.c.seq > after, events.c.at >= replay.since, events.c.routed)
        .order_by(events.c.seq)
        .limit(limit)
    )
    if with_payload:
        query = query.add_columns(events.c.payload)
    if replay.account is not None:
        query = query.where(events.c.account == replay.account)
    if replay.types:
        query = query.where(events.c.type.in_(replay.types))
    return list(conn.execute(query))


def mark_replayed(conn: Connection, endpoint: str, seqs: Sequence[int]) -> None:
    """Mark the dead letters of these events as replayed."""
    conn.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.endpoint == endpoint,
            deliveries.c.state == SendingState.DEAD.value,
            deliveries.c.event_seq.in_(seqs),
        )
        .values(state=SendingState.REPLAYED.value)
    )


def mend_lanes(conn: Connection, now: int) -> int:
    """Open lanes for pending deliveries that have none; return how many. Only a fault can cause this."""
    lane = sa.exists().where(
        webhook_lanes.c.endpoint == deliveries.c.endpoint, webhook_lanes.c.lane == deliveries.c.lane
    )
    lost = conn.execute(sa.select(deliveries.c.endpoint, deliveries.c.lane).where(_PENDING, ~lane).distinct()).all()
    if lost:
        open_lanes(conn, [(endpoint, lane) for endpoint, lane in lost], now)
    return len(lost)


def bury(conn: Connection, endpoint: str, before: int, now: int) -> int:
    """Give up an endpoint's deliveries that are pending since before a time; return how many there were."""
    reason = "given up: the endpoint did not answer for as long as deliveries are tried"
    old = (deliveries.c.endpoint == endpoint, _PENDING, deliveries.c.created_at < before)
    return _finish(conn, old, reason, now)


def prune(conn: Connection, before: int, now: int, limit: int) -> int:
    """Among the `limit` oldest deliveries, remove the finished ones made before a time and give up the pending ones.

    Return how many. Ids grow with time, so the oldest deliveries have the lowest ids.
    """
    oldest = sa.select(deliveries.c.id, deliveries.c.created_at, deliveries.c.state)
    rows = conn.execute(oldest.order_by(deliveries.c.id).limit(limit)).all()
    old = [row for row in rows if row.created_at < before]
    pending = [row.id for row in old if row.state == SendingState.PENDING.value]
    finished = [row.id for row in old if row.state != SendingState.PENDING.value]
    if pending:
        reason = "given up: its event is older than events are kept"
        _finish(conn, (deliveries.c.id.in_(pending), _PENDING), reason, now)
    if finished:
        conn.execute(sa.delete(deliveries).where(deliveries.c.id.in_(finished)))
    return len(old)


def _finish(conn: Connection, which: Sequence[Any], reason: str, now: int) -> int:
    ended = sa.update(deliveries).where(*which)
    return int(conn.execute(ended.values(state=SendingState.DEAD.value, finished_at=now, last_error=reason)).rowcount)
