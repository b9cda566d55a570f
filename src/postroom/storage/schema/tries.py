"""The schema of the requests of deliveries. Times are in milliseconds.

All of it is written by webhooks/. It stands beside `tables`, which imports it, so the schema is one.
"""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.schema.columns import BigId, metadata

__all__ = ["delivery_tries"]

# One row per request of a delivery. A delivery that arrives with its first request has none: its own row says
# everything. `number` counts the requests from 1. `place` bounds the rows of a delivery: when all places are taken, a
# later request takes that of an earlier one. The rows go with their delivery.
delivery_tries = sa.Table(
    "delivery_tries",
    metadata,
    sa.Column(
        "delivery", BigId, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("took", sa.Integer, nullable=True),
    sa.Column("status", sa.Integer, nullable=True),
    sa.Column("error", sa.Text, nullable=True),
)
