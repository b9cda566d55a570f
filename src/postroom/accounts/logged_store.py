"""The accounts that have a protocol log (`logs: true`), in a table of their own, because all are read at once."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.schema.protocol_logs import logged_accounts
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.storage.upsert import insert_into
from postroom.storage.wakeups import wake

__all__ = ["TOPIC", "logged", "note_wish"]

TOPIC = "protocol-logs"
"""The topic of hints that an account begins or ends to have a protocol log; the key is its id."""


def note_wish(conn: Connection, key: int, account: str, *, wanted: bool) -> None:
    """Note whether an account is to have a protocol log; wakes those who keep it if that has changed."""
    if wanted:
        insert = insert_into(logged_accounts, conn.dialect.name).values(account_key=key).on_conflict_do_nothing()
        changed = conn.execute(insert).rowcount
    else:
        changed = conn.execute(sa.delete(logged_accounts).where(logged_accounts.c.account_key == key)).rowcount
    if changed:
        wake(conn, TOPIC, account)


def logged(conn: Connection) -> frozenset[str]:
    """Return the ids of the accounts that have a protocol log."""
    joined = logged_accounts.join(accounts, accounts.c.key == logged_accounts.c.account_key)
    return frozenset(conn.execute(sa.select(accounts.c.account).select_from(joined)).scalars())
