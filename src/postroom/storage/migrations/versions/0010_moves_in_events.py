"""What the event log says of messages that move, and the moves that are under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("message_moves", sa.Column("told", sa.BigInteger(), nullable=True))
    op.add_column("message_moves", sa.Column("flags", sa.Text(), nullable=True))
    columns = ["account_key", "new_number", "new_uid"]
    op.create_index(op.f("ix_message_moves_new_number_new_uid"), "message_moves", columns)
    op.create_table(
        "moves_under_way",
        sa.Column("account_key", _KEY, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"], ["accounts.key"], name=op.f("fk_moves_under_way_account_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_key", "id", name=op.f("pk_moves_under_way")),
    )
