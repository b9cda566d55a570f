"""The host of each account, for lists by provider, and actions on many accounts.

The previous version registers accounts without a host. Such an account is listed by its type alone until its settings
change.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
# It fills its own column, which no other version reads.
needs = "0012"

_ACCOUNT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_HOSTS = {
    "sqlite": "COALESCE(json_extract(document, '$.imap.host'), json_extract(document, '$.smtp.host'), '')",
    "postgresql": "COALESCE(document::json #>> '{imap,host}', document::json #>> '{smtp,host}', '')",
}


def upgrade() -> None:
    # Not in a batch: on SQLite that would make the table anew, and its keys would be used again.
    op.add_column("accounts", sa.Column("host", sa.Text(), nullable=False, server_default=sa.text("''")))
    host = _HOSTS[op.get_context().dialect.name]
    op.execute(
        f"UPDATE accounts SET host = (SELECT lower({host}) FROM account_settings WHERE account_key = key)"  # noqa: S608
        " WHERE EXISTS (SELECT 1 FROM account_settings WHERE account_key = key)"
    )
    op.create_index(op.f("ix_accounts_type_host"), "accounts", ["type", "host"])
    _bulk_jobs()
    _bulk_items()


def _bulk_jobs() -> None:
    op.create_table(
        "bulk_jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stopped", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_jobs")),
    )
    op.create_index(op.f("ix_bulk_jobs_created_at"), "bulk_jobs", ["created_at"])


def _bulk_items() -> None:
    op.create_table(
        "bulk_items",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", _ACCOUNT, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["job"], ["bulk_jobs.id"], name=op.f("fk_bulk_items_job"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job", "place", name=op.f("pk_bulk_items")),
    )
