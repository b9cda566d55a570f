"""Sending: the outbox, its recipients and bodies, lanes, tasks, idempotency keys, and the reading of reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACCOUNT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_QUEUED = sa.text("state = 'queued'")
_SENDING = sa.text("state = 'sending'")


def upgrade() -> None:
    _submissions()
    _submission_recipients()
    _submission_bodies()
    _sending_lanes()
    _submission_tasks()
    _idempotency_keys()
    _reports_read()
    _reports_found()


def _submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("account_key", _KEY, nullable=False),
        sa.Column("account", _ACCOUNT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sent_as", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("send_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("most_attempts", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=True),
        sa.Column("attempted_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("copied", sa.Text(), nullable=True),
        sa.Column("copy_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_key"], ["accounts.key"], name=op.f("fk_submissions_account_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("queue_id", name=op.f("uq_submissions_queue_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_submissions_account_id"), "submissions", ["account", "id"])
    op.create_index(
        op.f("ix_submissions_due"),
        "submissions",
        ["account_key", "next_at", "id"],
        sqlite_where=_QUEUED,
        postgresql_where=_QUEUED,
    )
    op.create_index(op.f("ix_submissions_finished_at"), "submissions", ["finished_at"])
    op.create_index(op.f("ix_submissions_message_id"), "submissions", ["message_id"])
    op.create_index(
        op.f("ix_submissions_sending"),
        "submissions",
        ["account_key", "id"],
        sqlite_where=_SENDING,
        postgresql_where=_SENDING,
    )
    op.create_index(op.f("ix_submissions_sent_as"), "submissions", ["sent_as"])


def _submission_recipients() -> None:
    op.create_table(
        "submission_recipients",
        sa.Column("submission", _KEY, autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("enhanced", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("advice", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission"], ["submissions.id"], name=op.f("fk_submission_recipients_submission"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("submission", "place", name=op.f("pk_submission_recipients")),
    )
    op.create_index(op.f("ix_submission_recipients_address"), "submission_recipients", ["address", "submission"])


def _submission_bodies() -> None:
    op.create_table(
        "submission_bodies",
        sa.Column("submission", _KEY, autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"], ["submissions.id"], name=op.f("fk_submission_bodies_submission"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("submission", "place", name=op.f("pk_submission_bodies")),
    )


def _sending_lanes() -> None:
    op.create_table(
        "sending_lanes",
        sa.Column("account_key", _KEY, autoincrement=False, nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.Column("held_for", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("used", sa.Text(), nullable=True),
        sa.Column("last", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_key"], ["accounts.key"], name=op.f("fk_sending_lanes_account_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_key", name=op.f("pk_sending_lanes")),
    )
    op.create_index(op.f("ix_sending_lanes_next_at"), "sending_lanes", ["next_at"])


def _submission_tasks() -> None:
    op.create_table(
        "submission_tasks",
        sa.Column("submission", _KEY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"], ["submissions.id"], name=op.f("fk_submission_tasks_submission"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("submission", "kind", name=op.f("pk_submission_tasks")),
    )
    op.create_index(op.f("ix_submission_tasks_next_at"), "submission_tasks", ["next_at"])


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("account_key", _KEY, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_key"], ["accounts.key"], name=op.f("fk_idempotency_keys_account_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_key", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_until"), "idempotency_keys", ["until"])


def _reports_read() -> None:
    op.create_table(
        "reports_read",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("until", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reports_read")),
    )


def _reports_found() -> None:
    op.create_table(
        "reports_found",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("account_key", _KEY, nullable=False),
        sa.Column("account", _ACCOUNT, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"], ["accounts.key"], name=op.f("fk_reports_found_account_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports_found")),
    )
    op.create_index(op.f("ix_reports_found_account_key"), "reports_found", ["account_key", "identity"], unique=True)
    op.create_index(op.f("ix_reports_found_next_at"), "reports_found", ["next_at"])
    op.create_index(op.f("ix_reports_found_found_at"), "reports_found", ["found_at"])
