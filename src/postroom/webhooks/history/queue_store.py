"""SQL for the figures of the queue: how many deliveries wait, and how long the oldest has waited."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from postroom.storage.tables import deliveries
from postroom.webhooks.model import SendingState

_PENDING = deliveries.c.state == SendingState.PENDING.value
_COUNT = sa.select(sa.func.count()).select_from(deliveries).where(_PENDING)
_OLDEST = sa.select(sa.func.min(deliveries.c.created_at)).where(_PENDING)


@dataclass(frozen=True, slots=True)
class Queue:
    """The number of pending deliveries, and the age of the oldest in milliseconds (0 when there is none)."""

    pending: int = 0
    oldest_age: int = 0


def waiting(conn: sa.Connection, now: int) -> Queue:
    """Return the figures of the queue at `now`, in milliseconds since 1970."""
    pending: int = conn.execute(_COUNT).scalar_one()
    oldest: int | None = conn.execute(_OLDEST).scalar_one()
    return Queue(pending, max(now - oldest, 0) if oldest is not None else 0)
