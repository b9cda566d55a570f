"""SQL for routing: reads events that are not routed, and stores their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries, events
from postroom.webhooks.model import DeliveryRow

# `inboxNewOnly` reads the payloads, which may be large.
BATCH: Final = 500
BATCH_WITH_PAYLOADS: Final = 50
LOCK: Final = 7305792
"""Whoever routes holds this lock until the transaction ends."""

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
_MARK_ONE = sa.update(events).where(events.c.seq == sa.bindparam("b_seq")).values(routed=sa.true())
_INSERT = sa.insert(deliveries)


def unrouted(conn: Connection, *, with_payload: bool) -> Sequence[Any]:
    """Return the oldest events that are not routed, in the order of the log."""
    if with_payload:
        return conn.execute(_UNROUTED_WITH_PAYLOAD, {"batch": BATCH_WITH_PAYLOADS}).all()
    return conn.execute(_UNROUTED, {"batch": BATCH}).all()


def insert_deliveries(conn: Connection, rows: Sequence[DeliveryRow]) -> None:
    """Store new deliveries, in order. The caller opens their lanes in the same transaction."""
    conn.defer(_INSERT, rows)


def mark_routed(conn: Connection, seqs: Sequence[int]) -> None:
    """Mark these events as routed."""
    # Often it is one event. With a list of values SQLAlchemy would compile the statement again.
    if len(seqs) == 1:
        conn.defer(_MARK_ONE, {"b_seq": seqs[0]})
    else:
        conn.execute(_MARK, {"seqs": list(seqs)})
