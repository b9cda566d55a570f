"""Protocol logs: the accounts that have one, and the lines. Events know the trace that they belong to."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
# It adds rows to a new table only, so whatever could run beside 0012 can run beside it.
needs = "0008"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BATCH = 1000


def upgrade() -> None:
    op.add_column("events", sa.Column("trace", sa.Text(), nullable=True))
    op.create_table(
        "logged_accounts",
        sa.Column("account_key", _KEY, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"], ["accounts.key"], name=op.f("fk_logged_accounts_account_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_key", name=op.f("pk_logged_accounts")),
    )
    op.create_table(
        "protocol_log_pieces",
        sa.Column("account_key", _KEY, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("octets", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"], ["accounts.key"], name=op.f("fk_protocol_log_pieces_account_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_key", "id", name=op.f("pk_protocol_log_pieces")),
    )
    op.create_index(op.f("ix_protocol_log_pieces_until"), "protocol_log_pieces", ["until"])
    _note_wishes()


def _note_wishes() -> None:
    """Note the accounts that have asked for a log before there was any."""
    conn = op.get_bind()
    wishes = conn.execute(
        sa.text("SELECT account_key, document FROM account_settings WHERE document LIKE '%\"logs\"%'")
    )
    keys = [{"key": key} for key, document in wishes if json.loads(document).get("logs") is True]
    for begin in range(0, len(keys), _BATCH):
        conn.execute(sa.text("INSERT INTO logged_accounts (account_key) VALUES (:key)"), keys[begin : begin + _BATCH])
