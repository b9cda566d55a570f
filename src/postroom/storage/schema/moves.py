"""The schema of moved messages: what left its place, and the moves under way. Times are in milliseconds.

It stands beside `tables`, which imports it, so the schema is one.
"""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.schema.columns import Json, account_key, metadata, numbers

__all__ = ["message_moves", "moves_under_way"]

# Messages that left their place: their name and size (written by sync/), and where they went (by mailboxes/changing).
# `told` is what the event log says of the move, `flags` what it knows of a message on its way. Both are of sync/.
message_moves = sa.Table(
    "message_moves",
    metadata,
    account_key(primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    *numbers("name", "size", "new_number", "new_uid"),
    sa.Column("at", sa.BigInteger, nullable=False),
    *numbers("told"),
    sa.Column("flags", Json, nullable=True),
    sa.Index("ix_message_moves_account_key_at", "account_key", "at"),
    sa.Index("ix_message_moves_new_number_new_uid", "account_key", "new_number", "new_uid"),
)

# Moves that requests have begun, until it is known what became of each: from the folder with the number `source` to the
# path `target`. A row that is left behind counts up to `until`. Written by mailboxes/changing.
moves_under_way = sa.Table(
    "moves_under_way",
    metadata,
    account_key(primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("source", sa.Integer, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
)
