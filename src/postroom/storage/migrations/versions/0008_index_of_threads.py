"""The index of threads: entries of messages, names with their threads, and joined threads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("mailboxes", sa.Column("indexed", sa.BigInteger(), nullable=True))
    op.create_table(
        "thread_chunks",
        sa.Column("mailbox_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailbox_id"], ["mailboxes.id"], name=op.f("fk_thread_chunks_mailbox_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mailbox_id", "number", name=op.f("pk_thread_chunks")),
    )
    op.create_table(
        "thread_names",
        sa.Column("account_key", _KEY, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"], ["accounts.key"], name=op.f("fk_thread_names_account_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_key", "number", "part", name=op.f("pk_thread_names")),
    )
    op.create_table(
        "thread_joins",
        sa.Column("account_key", _KEY, autoincrement=False, nullable=False),
        sa.Column("old", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("new", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"], ["accounts.key"], name=op.f("fk_thread_joins_account_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_key", "old", name=op.f("pk_thread_joins")),
    )
    op.create_index(op.f("ix_thread_joins_account_key_new"), "thread_joins", ["account_key", "new"])
