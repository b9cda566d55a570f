"""The requests of each delivery that failed or came after a failure, and the way from an event to its deliveries.

The previous version writes neither: the page of such a delivery shows its last request alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Not in a batch: on SQLite that would make the table anew, and its keys would be used again.
    op.add_column("deliveries", sa.Column("last_took", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_deliveries_event_seq"), "deliveries", ["event_seq"])
    op.create_table(
        "delivery_tries",
        sa.Column("delivery", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("took", sa.Integer(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery"], ["deliveries.id"], name=op.f("fk_delivery_tries_delivery"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery", "place", name=op.f("pk_delivery_tries")),
    )
