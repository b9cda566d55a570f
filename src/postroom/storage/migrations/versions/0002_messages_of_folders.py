"""The known messages of every folder."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("mailboxes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("object_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("notice", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("scanned", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("replays", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("missing", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("troubles", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("parked_until", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("flags_at", sa.BigInteger(), nullable=True))

    op.create_table(
        "mailbox_chunks",
        sa.Column(
            "mailbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailbox_id"], ["mailboxes.id"], name=op.f("fk_mailbox_chunks_mailbox_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mailbox_id", "number", name=op.f("pk_mailbox_chunks")),
    )
