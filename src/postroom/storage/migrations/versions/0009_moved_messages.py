"""Messages that left their place: what they are called, and where they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "message_moves",
        sa.Column("account_key", _KEY, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.BigInteger(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("new_number", sa.BigInteger(), nullable=True),
        sa.Column("new_uid", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"], ["accounts.key"], name=op.f("fk_message_moves_account_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_key", "number", "uid", name=op.f("pk_message_moves")),
    )
    op.create_index(op.f("ix_message_moves_account_key_at"), "message_moves", ["account_key", "at"])
