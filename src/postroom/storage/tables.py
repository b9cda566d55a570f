"""The schema: every table, and who writes it. Times are integers, milliseconds since 1970 UTC."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.schema import admins as admins
from postroom.storage.schema import bulk as bulk
from postroom.storage.schema import counting as counting
from postroom.storage.schema import moves as moves
from postroom.storage.schema import protocol_logs as protocol_logs
from postroom.storage.schema import sending as sending
from postroom.storage.schema import tries as tries
from postroom.storage.schema.columns import AccountId, BigId, Json
from postroom.storage.schema.columns import account_key as _account_key
from postroom.storage.schema.columns import metadata as metadata
from postroom.storage.schema.columns import numbers as _numbers
from postroom.storage.schema.options import NUMBERED, partial_index

_PENDING = sa.text("state = 'pending'")
_FREE = sa.text("owner IS NULL AND (parked_revision IS NULL OR parked_revision <> revision)")

# Facts about this installation: notes on the schema, the canaries of the encryption keys. Written by storage/.
meta = sa.Table(
    "meta", metadata, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)

# Run-time settings of the API (`/v1/settings`). Secret values are encrypted.
settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", Json, nullable=True),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
)

# API tokens; `id` is the SHA-256 of the token in hex. The token itself is not stored.
tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=True, index=True),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("metadata", sa.Text, nullable=True),
    sa.Column("restrictions", Json, nullable=True),
    sa.Column("permissions", Json, nullable=True),
    sa.Column("expires_at", sa.BigInteger, nullable=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("created_ip", sa.Text, nullable=True),
    sa.Column("used_at", sa.BigInteger, nullable=True),
    sa.Column("used_ip", sa.Text, nullable=True),
)

# One narrow row per account, so that lists and counts read no blob. accounts/service (the API side) writes the identity
# and `wanted`, `revision`, `version`, `sync_revision`. The owning runner writes `state` and the columns after it.
accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("key", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", AccountId, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("search", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("oauth2_identity", sa.Text, nullable=True, unique=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("wanted", sa.Text, nullable=False, server_default="run"),
    sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("sync_revision", sa.Integer, nullable=False, server_default="0"),
    sa.Column("flush_pending", sa.Boolean, nullable=False, server_default=sa.false()),
    # The revision at which the runner had nothing left to do. The account is at rest until the revision changes.
    sa.Column("parked_revision", sa.Integer, nullable=True),
    sa.Column("owner", sa.Text, nullable=True),
    sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("state_since", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    *_numbers("next_attempt", "sync_time"),
    sa.Column("connections", sa.Integer, nullable=False, server_default="0"),
    # Of the mail server in the settings, with `type` what the provider is known by; accounts/service writes it too.
    sa.Column("host", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Index("ix_accounts_state_account", "state", "account"),
    sa.Index("ix_accounts_type_host", "type", "host"),
    sa.Index("ix_accounts_owner_key", "owner", "key"),
    # What supervisor/store claims from. Accounts at rest have no owner either, and without this index every poll of
    # every node would read them. `owner` is always NULL here; with `key` alone, SQLite would prefer the index above.
    partial_index("ix_accounts_free", "owner", "key", where=_FREE),
    # A key is never used again, so events of a deleted account cannot be mistaken for those of a later one.
    info=dict(NUMBERED),
)

# The account's settings; `secrets` is one encrypted JSON object: dotted path -> value. Written by accounts/service.
account_settings = sa.Table(
    "account_settings",
    metadata,
    _account_key(primary_key=True),
    sa.Column("document", Json, nullable=False),
    sa.Column("secrets", sa.Text, nullable=True),
    sa.Column("metadata", Json, nullable=False, server_default="{}"),
)

# What the owning runner found out. `error_announced` is the fingerprint of the failure that an event announced last.
account_status = sa.Table(
    "account_status",
    metadata,
    _account_key(primary_key=True),
    sa.Column("last_error", Json, nullable=True),
    sa.Column("error_since", sa.BigInteger, nullable=True),
    sa.Column("error_announced", sa.Text, nullable=True),
    sa.Column("recovery_announced", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("ever_authenticated", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("initialized", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("server", Json, nullable=True),
    sa.Column("sync", Json, nullable=True),
    # The number of the account's newest event, and all of its events counted by name. Written by events/store.
    sa.Column("event_seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("counters", Json, nullable=False, server_default="{}"),
)

# The pairs of `account_settings.metadata`, one per row, for the filter of lists.
account_metadata = sa.Table(
    "account_metadata",
    metadata,
    _account_key(primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Index("ix_account_metadata_name_value", "name", "value", "account_key"),
)

# OAuth2 applications; `secrets` is one encrypted JSON object, `last_check` is when it was checked and what failed.
# Written by oauth2/apps.
oauth2_apps = sa.Table(
    "oauth2_apps",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Column("secrets", sa.Text, nullable=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    sa.Column("last_check", Json, nullable=True),
)

# Which process is renewing an account's access token: one at a time in the whole cluster. A row is valid until
# `until`, because its holder may die. Written by credentials/store.
oauth2_refreshes = sa.Table(
    "oauth2_refreshes",
    metadata,
    _account_key(primary_key=True, autoincrement=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
)

# Consents that people were sent to give; each is used once. `id` is the SHA-256 of the nonce in `state`, `sealed` the
# account to register. A row goes when the account with the id `account` is deleted. Written by onboarding/.
oauth2_consents = sa.Table(
    "oauth2_consents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("account", sa.Text, nullable=True, index=True),
)

# Links of the hosted sign-in. `id` is the SHA-256 of the nonce in the link. `probes` counts tries of credentials,
# `searches` those for servers and for ways to a provider. `used_at` is when the link registered an account. A row goes
# when the account with the id `account` is deleted. Written by onboarding/.
sign_in_links = sa.Table(
    "sign_in_links",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("probes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("searches", sa.Integer, nullable=False, server_default="0"),
    sa.Column("used_at", sa.BigInteger, nullable=True),
    sa.Column("account", sa.Text, nullable=True, index=True),
)

# Every state change; the newest `timeline_length` per account. Written in the same transaction as the state.
timeline = sa.Table(
    "timeline",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    _account_key(),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column("detail", Json, nullable=True),
    sa.Index("ix_timeline_account_key_id", "account_key", "id"),
)

# The event log. `payload` is the webhook body without the parts that are known only at delivery. events/log writes it
# in the caller's transaction; webhooks/ sets `routed` once the deliveries of the event exist. There is no foreign key
# to accounts, because `accountDeleted` outlives its account.
events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=True),
    sa.Column("account_key", BigId, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("account_seq", sa.BigInteger, nullable=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("routed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("trace", sa.Text, nullable=True),
    sa.UniqueConstraint("account_key", "account_seq"),
    partial_index("ix_events_unrouted", "seq", where=sa.text("routed = 0"), on_postgresql=sa.text("routed = false")),
    sa.Index("ix_events_at", "at"),
    sa.Index("ix_events_account_seq", "account", "seq"),
    info=dict(NUMBERED),
)

# Webhook targets. `global` and `account:<id>` get a row when they first fail; others are made through the API. The
# health is that of the URL with the fingerprint `target`. `updated_at` is when an operator changed it. By webhooks/.
webhook_endpoints = sa.Table(
    "webhook_endpoints",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Column("secrets", sa.Text, nullable=True),
    sa.Column("enabled", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("target", sa.Text, nullable=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    *_numbers("failing_since", "paused_until"),
    sa.Column("last_error", Json, nullable=True),
)

# One row per event and target. Deliveries with the same endpoint and lane are sent one after another, in the order of
# `id`. The lane is derived from the account's id, or is negative for an independent delivery. Written by webhooks/.
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("endpoint", sa.Text, nullable=False),
    sa.Column("lane", BigId, nullable=False),
    sa.Column("event_seq", BigId, nullable=False),
    sa.Column("account_key", BigId, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="pending"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("step", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    *_numbers("attempted_at", "finished_at"),
    sa.Column("last_status", sa.Integer, nullable=True),
    sa.Column("last_error", sa.Text, nullable=True),
    *_numbers("last_took"),
    partial_index("ix_deliveries_pending", "endpoint", "lane", "id", where=_PENDING),
    sa.Index("ix_deliveries_endpoint_state_id", "endpoint", "state", "id"),
    sa.Index("ix_deliveries_event_seq", "event_seq"),
    info=dict(NUMBERED),
)

# The lanes with pending deliveries. A lane is due at `next_at`. The process that works on it writes its own id to
# `claimed_by` and sets `next_at` to the end of its lease. Written by webhooks/.
webhook_lanes = sa.Table(
    "webhook_lanes",
    metadata,
    sa.Column("endpoint", sa.Text, primary_key=True),
    sa.Column("lane", BigId, primary_key=True, autoincrement=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("claimed_by", sa.Text, nullable=True),
    sa.Index("ix_webhook_lanes_next_at", "next_at", "endpoint"),
)

# Folders as last seen. `uidnext` is the cursor: messages from it on are new. Everything known about the folder is at
# least as new as `highestmodseq`. `scanned` is how far the first scan has come, NULL when it is complete; `replays`
# says whether that scan announces what it finds. `messages` counts the messages in the chunks. `notice` is what must
# still be announced about the folder itself (`new`, `lost`). `missing` are the messages that could not be fetched yet.
# Written by sync/.
mailboxes = sa.Table(
    "mailboxes",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    _account_key(),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("delimiter", sa.Text, nullable=True),
    sa.Column("attributes", Json, nullable=False),
    sa.Column("special_use", sa.Text, nullable=True),
    *_numbers("uidvalidity", "uidnext", "highestmodseq", "messages", "synced_at"),
    sa.Column("object_id", sa.Text, nullable=True),
    sa.Column("notice", sa.Text, nullable=True),
    sa.Column("scanned", sa.BigInteger, nullable=True),
    sa.Column("replays", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("missing", Json, nullable=True),
    # UIDVALIDITY changes or refusals to open it, in a row. A folder with too many is left alone until `parked_until`.
    sa.Column("troubles", sa.Integer, nullable=False, server_default="0"),
    *_numbers("parked_until", "flags_at"),
    # How far the index of threads has come: every known message up to this UID has its entry. NULL without an index.
    sa.Column("indexed", sa.BigInteger, nullable=True),
    sa.UniqueConstraint("account_key", "path"),
)

# The messages of a folder, 8,192 UIDs to a row, as sync/folder/chunks.py writes them. Written by sync/.
mailbox_chunks = sa.Table(
    "mailbox_chunks",
    metadata,
    sa.Column(
        "mailbox_id", BigId, sa.ForeignKey("mailboxes.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("messages", sa.Integer, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

# The number in a message id: one per (path, UIDVALIDITY) of an account. It is never used again and survives a flush.
mailbox_numbers = sa.Table(
    "mailbox_numbers",
    metadata,
    _account_key(primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("account_key", "path", "uidvalidity"),
)

# The index of threads: the entries of messages, 256 UIDs to a row, as threads/entries.py packs them. Written by sync/.
thread_chunks = sa.Table(
    "thread_chunks",
    metadata,
    sa.Column(
        "mailbox_id", BigId, sa.ForeignKey("mailboxes.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

# The thread of every name that a message of the account has or refers to, in buckets, as threads/names.py packs them.
# A name is 64 bits of a hash. Written by sync/.
thread_names = sa.Table(
    "thread_names",
    metadata,
    _account_key(primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

# Threads that were joined to others. Written by sync/.
thread_joins = sa.Table(
    "thread_joins",
    metadata,
    _account_key(primary_key=True, autoincrement=False),
    sa.Column("old", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("new", sa.BigInteger, nullable=False),
    sa.Index("ix_thread_joins_account_key_new", "account_key", "new"),
)

# One row per running process, alive as long as `heartbeat_at` (database clock) is recent. Written by cluster/.
nodes = sa.Table(
    "nodes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("heartbeat_at", sa.BigInteger, nullable=False),
    # Set by the operator: the node gives its accounts away and claims none.
    sa.Column("draining", sa.Boolean, nullable=False, server_default=sa.false()),
    # How many accounts it runs; NULL for a version that does not report them and takes no share.
    sa.Column("accounts", sa.Integer, nullable=True),
    sa.Column("load", Json, nullable=True),
    # Since it joined: how many accounts it took from lost nodes, and how many it handed over.
    *(sa.Column(each, sa.BigInteger, nullable=False, server_default="0") for each in ("taken_over", "handed_over")),
)
