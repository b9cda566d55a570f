"""The schema of protocol logs: which accounts have one, and the lines. Times are integers, milliseconds since 1970 UTC.

It stands beside `tables`, which imports it, so the schema is one.
"""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.schema.columns import account_key, metadata

__all__ = ["logged_accounts", "protocol_log_pieces"]

# The accounts whose settings have `logs: true`, so that no process searches the settings of all. Written by
# accounts/service.
logged_accounts = sa.Table("logged_accounts", metadata, account_key(primary_key=True, autoincrement=False))

# The lines of protocol logs, in pieces that each process makes for itself. `id` begins with the time of the first line.
# `until` is the time of the last one. `body` is one JSON object per line. Written by protocol_logs/.
protocol_log_pieces = sa.Table(
    "protocol_log_pieces",
    metadata,
    account_key(primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("until", sa.BigInteger, nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("octets", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("ix_protocol_log_pieces_until", "until"),
)
