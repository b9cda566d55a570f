"""SQL for routing: events without deliveries, the deliveries made of them, and the right to route."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from postroom.storage.tables import deliveries, events
from postroom.webhooks.model import DeliveryRow

# `inboxNewOnly` looks into the payloads, and those may be large.
BATCH: Final = 500
BATCH_WITH_PAYLOADS: Final = 50
_LOCK: Final = 7305792

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


def alone(conn: sa.Connection) -> bool:
    """Say whether this transaction, and no other, may route now."""
    if conn.dialect.name != "postgresql":
        return True
    return bool(conn.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK))).scalar_one())


def unrouted(conn: sa.Connection, *, with_payload: bool) -> Sequence[Any]:
    """Return the oldest events that are not routed, in the order of the log."""
    if with_payload:
        return conn.execute(_UNROUTED_WITH_PAYLOAD, {"batch": BATCH_WITH_PAYLOADS}).all()
    return conn.execute(_UNROUTED, {"batch": BATCH}).all()


def insert_deliveries(conn: sa.Connection, rows: Sequence[DeliveryRow]) -> None:
    """Store new deliveries, in order; their lanes are to be opened in the same transaction."""
    conn.execute(_INSERT, rows)


def mark_routed(conn: sa.Connection, seqs: Sequence[int]) -> None:
    """Note that these events have their deliveries."""
    conn.execute(_MARK, {"seqs": list(seqs)})
