"""Nodes report how many accounts they run and their load, and can be drained."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Only columns with defaults, so that a node of the version before can work beside this one.
    with op.batch_alter_table("nodes") as nodes:
        nodes.add_column(sa.Column("draining", sa.Boolean(), nullable=False, server_default=sa.false()))
        nodes.add_column(sa.Column("accounts", sa.Integer(), nullable=True))
        nodes.add_column(sa.Column("load", sa.Text(), nullable=True))
        nodes.add_column(sa.Column("taken_over", sa.BigInteger(), nullable=False, server_default="0"))
        nodes.add_column(sa.Column("handed_over", sa.BigInteger(), nullable=False, server_default="0"))
