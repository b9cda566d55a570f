"""The schema of bulk actions: what is done to many accounts, one after the other. Times are in milliseconds.

All of it is written by accounts/bulk/. It stands beside `tables`, which imports it, so the schema is one.
"""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.schema.columns import AccountId, metadata, numbers

__all__ = ["bulk_items", "bulk_jobs"]

# One row per action. `wish` says what was asked for, for people. `position` is the place of the last item that is done
# with. A job is due at `next_at`; the process that works on it writes its own id to `claimed_by` and sets `next_at` to
# the end of its lease.
bulk_jobs = sa.Table(
    "bulk_jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("wish", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failed", sa.Integer, nullable=False, server_default="0"),
    sa.Column("stopped", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    *numbers("finished_at"),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("claimed_by", sa.Text, nullable=True),
    sa.Index("ix_bulk_jobs_created_at", "created_at"),
)

# The accounts of an action, as they were when it began, in the order in which they are dealt with, from 1. `error` says
# why the action failed for one of them.
bulk_items = sa.Table(
    "bulk_items",
    metadata,
    sa.Column("job", sa.Text, sa.ForeignKey("bulk_jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("account", AccountId, nullable=False),
    sa.Column("error", sa.Text, nullable=True),
)
