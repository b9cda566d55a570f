"""SQL for the queue: how many deliveries wait, how long the oldest has waited, and the place of one of them."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries, webhook_lanes
from postroom.webhooks.delivery.lane_store import PENDING
from postroom.webhooks.views import QueuePlace

_PENDING = deliveries.c.state == PENDING
_COUNT = sa.select(sa.func.count()).select_from(deliveries).where(_PENDING)
_OLDEST = sa.select(sa.func.min(deliveries.c.created_at)).where(_PENDING)


@dataclass(frozen=True, slots=True)
class Queue:
    """The number of pending deliveries, and the age of the oldest in milliseconds (0 when there is none)."""

    pending: int = 0
    oldest_age: int = 0


def waiting(conn: Connection, now: int) -> Queue:
    """Return the figures of the queue at `now`, in milliseconds since 1970."""
    pending: int = conn.execute(_COUNT).scalar_one()
    oldest: int | None = conn.execute(_OLDEST).scalar_one()
    return Queue(pending, max(now - oldest, 0) if oldest is not None else 0)


def waiting_by_endpoint(conn: Connection) -> dict[str, int]:
    """Return the number of pending deliveries of each endpoint that has any."""
    query = sa.select(deliveries.c.endpoint, sa.func.count()).where(_PENDING).group_by(deliveries.c.endpoint)
    return {endpoint: int(number) for endpoint, number in conn.execute(query)}


def place_of(conn: Connection, delivery: int) -> QueuePlace:
    """Return the place of a pending delivery in its lane."""
    here = conn.execute(sa.select(deliveries.c.endpoint, deliveries.c.lane).where(deliveries.c.id == delivery)).one()
    first = (
        sa.select(deliveries.c.id, deliveries.c.event_seq)
        .where(deliveries.c.endpoint == here.endpoint, deliveries.c.lane == here.lane, _PENDING)
        .order_by(deliveries.c.id)
        .limit(1)
    )
    head = conn.execute(first).one_or_none()
    lane = sa.select(webhook_lanes.c.next_at, webhook_lanes.c.claimed_by).where(
        webhook_lanes.c.endpoint == here.endpoint, webhook_lanes.c.lane == here.lane
    )
    row = conn.execute(lane).one_or_none()
    is_held = row is not None and row.claimed_by is not None
    return QueuePlace(
        behind=head.event_seq if head is not None and head.id != delivery else None,
        due=row.next_at if row is not None and not is_held else None,
        is_held=is_held,
    )
