"""The schema of statistics. Times are integers, milliseconds since 1970 UTC."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.schema.columns import metadata
from postroom.storage.schema.options import WITHOUT_ROWID

__all__ = ["counted_minutes"]

# What all processes counted, by the minute. `minute` is its beginning. Each process adds to the rows every ten seconds.
# Written by statistics/.
counted_minutes = sa.Table(
    "counted_minutes",
    metadata,
    sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    info=dict(WITHOUT_ROWID),
)
