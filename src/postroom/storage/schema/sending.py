"""The schema of sending: the outbox and what hangs on it. Times are integers, milliseconds since 1970 UTC.

All of it is written by submission/. It stands beside `tables`, which imports it, so the schema is one.
"""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.schema.columns import AccountId, BigId, Json, account_key, metadata, numbers
from postroom.storage.schema.options import NUMBERED, partial_index

__all__ = [
    "idempotency_keys",
    "reports_found",
    "reports_read",
    "sending_lanes",
    "submission_bodies",
    "submission_recipients",
    "submission_tasks",
    "submissions",
]

_QUEUED = sa.text("state = 'queued'")
_SENDING = sa.text("state = 'sending'")


def _submission() -> sa.Column[int]:
    """Return the column of the message that a row belongs to, and goes with."""
    key = sa.ForeignKey("submissions.id", ondelete="CASCADE")
    return sa.Column("submission", BigId, key, primary_key=True, autoincrement=False)


# The outbox: one row per message. `next_at` is when the next attempt is due. `attempt` names the attempt that may have
# reached DATA, so only its result counts. `sent_as` is the Message-ID that the server gave the message, where it is not
# ours. `plan` is the rest of the request. `secrets` is one encrypted JSON object (the proxy of the message).
submissions = sa.Table(
    "submissions",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("queue_id", sa.Text, nullable=False, unique=True),
    account_key(),
    sa.Column("account", AccountId, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("sent_as", sa.Text, nullable=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("plan", Json, nullable=False),
    sa.Column("secrets", sa.Text, nullable=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("send_at", sa.BigInteger, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("most_attempts", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Text, nullable=True),
    *numbers("attempted_at", "finished_at"),
    sa.Column("response", sa.Text, nullable=True),
    sa.Column("error", Json, nullable=True),
    # What became of the copy in the folder of sent mail: `pending`, `stored`, `failed`, or NULL when none is wanted.
    sa.Column("copied", sa.Text, nullable=True),
    sa.Column("copy_error", sa.Text, nullable=True),
    # The due messages of an account, and those under way. SQLite uses these only for a state that is a literal, spelled
    # as here.
    partial_index("ix_submissions_due", "account_key", "next_at", "id", where=_QUEUED),
    partial_index("ix_submissions_sending", "account_key", "id", where=_SENDING),
    sa.Index("ix_submissions_account_id", "account", "id"),
    sa.Index("ix_submissions_message_id", "message_id"),
    sa.Index("ix_submissions_sent_as", "sent_as"),
    sa.Index("ix_submissions_finished_at", "finished_at"),
    info=dict(NUMBERED),
)

# The recipients of a message, and what is known of each. `said` are the words of the server.
submission_recipients = sa.Table(
    "submission_recipients",
    metadata,
    _submission(),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("code", sa.Integer, nullable=True),
    sa.Column("enhanced", sa.Text, nullable=True),
    sa.Column("said", sa.Text, nullable=True),
    sa.Column("advice", sa.Text, nullable=True),
    *numbers("at"),
    sa.Index("ix_submission_recipients_address", "address", "submission"),
)

# The octets of a message, sealed, in pieces. They go when the message is finished for long enough.
submission_bodies = sa.Table(
    "submission_bodies",
    metadata,
    _submission(),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

# The accounts with mail to send. A lane is due at `next_at`. The process that works on it writes its own id to
# `claimed_by` and sets `next_at` to the end of its lease. `held_until` is how long the provider wants no mail of the
# account, `held_for` its words. `failures` counts the connections that failed one
# after the other. `used` counts what the account has sent, for the provider's budgets. `last` is
# the result of the last attempt.
sending_lanes = sa.Table(
    "sending_lanes",
    metadata,
    account_key(primary_key=True, autoincrement=False),
    sa.Column("next_at", sa.BigInteger, nullable=True),
    sa.Column("claimed_by", sa.Text, nullable=True),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    *numbers("held_until"),
    sa.Column("held_for", sa.Text, nullable=True),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("used", Json, nullable=True),
    sa.Column("last", Json, nullable=True),
    sa.Index("ix_sending_lanes_next_at", "next_at"),
)

# What is left to do for a message after it was sent, or is not known to be: `copy`, `mark`, `draft`, `find`. A task
# that a process works on is due again at the end of its lease.
submission_tasks = sa.Table(
    "submission_tasks",
    metadata,
    _submission(),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("claimed_by", sa.Text, nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_submission_tasks_next_at", "next_at"),
)

# The keys with which callers made their requests safe to repeat. `fingerprint` is a hash of the request. `answer` is
# NULL while the first request is under way, at most until `until`.
idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    account_key(primary_key=True, autoincrement=False),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=True),
    sa.Column("until", sa.BigInteger, nullable=False),
    sa.Column("answer", Json, nullable=True),
    sa.Index("ix_idempotency_keys_until", "until"),
)

# How far the event log was read for reports of deliveries (bounces and complaints), and who reads it.
reports_read = sa.Table(
    "reports_read",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("claimed_by", sa.Text, nullable=True),
    sa.Column("until", sa.BigInteger, nullable=False, server_default="0"),
)

# Reports of deliveries that stand in the event log. Each is read once: `next_at` is when that is due, and NULL once it
# is done. A process that reads one has claimed it, and it is due again at the end of the lease. `identity` tells a
# report that was moved or copied from a new one. `told` is what the event says of it.
reports_found = sa.Table(
    "reports_found",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    account_key(),
    sa.Column("account", AccountId, nullable=False),
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("told", Json, nullable=False),
    sa.Column("found_at", sa.BigInteger, nullable=False),
    *numbers("next_at"),
    sa.Column("claimed_by", sa.Text, nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_reports_found_account_key", "account_key", "identity", unique=True),
    sa.Index("ix_reports_found_next_at", "next_at"),
    sa.Index("ix_reports_found_found_at", "found_at"),
)
