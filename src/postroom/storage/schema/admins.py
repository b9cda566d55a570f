"""The schema of the people who run an installation: the operator, signed-in browsers, attempts to sign in.

All of it is written by access/admins. Times are integers, milliseconds since 1970 UTC.
"""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.schema.columns import Json, metadata, numbers

__all__ = ["admin_attempts", "admin_sessions", "admins"]

# The operator, one row named `admin`. `password` is an argon2id hash. `code` is the hash of the code with which a
# password is set without the old one. `sealed` is the encrypted secret of the authenticator app, and `totp_step` the
# time step of the last code that was used. `recovery` are hashes of the recovery codes that are left. `version` rises
# with each new password, so a sign-in that began with the old one opens no session.
admins = sa.Table(
    "admins",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("password", sa.Text, nullable=True),
    sa.Column("code", sa.Text, nullable=True),
    sa.Column("sealed", sa.Text, nullable=True),
    *numbers("totp_step"),
    sa.Column("recovery", Json, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
)

# Browsers that are signed in. `id` is the SHA-256 of the cookie in hex; the cookie itself is not stored.
admin_sessions = sa.Table(
    "admin_sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("used_at", sa.BigInteger, nullable=False),
    sa.Column("address", sa.Text, nullable=True),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Index("ix_admin_sessions_created_at", "created_at"),
)

# Failed attempts to sign in, by where they came from. The next one is looked at from `next_at` on.
admin_attempts = sa.Table(
    "admin_attempts",
    metadata,
    sa.Column("origin", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False),
    sa.Index("ix_admin_attempts_last_at", "last_at"),
)
