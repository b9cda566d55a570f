"""The row of the account that a caller names."""

from __future__ import annotations

from postroom.accounts import store
from postroom.accounts.model import AccountNotFound, AccountRow
from postroom.storage.statements.connection import Connection

__all__ = ["account_row"]


def account_row(conn: Connection, account: str) -> AccountRow:
    """Return the row of an account id. Raises AccountNotFound."""
    row = store.find(conn, account)
    if row is None:
        raise AccountNotFound
    return row
