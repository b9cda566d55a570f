"""The row of the account that a caller names."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.accounts import store
from postroom.accounts.model import AccountNotFound, AccountRow

__all__ = ["account_row"]


def account_row(conn: sa.Connection, account: str) -> AccountRow:
    """Return the row of an account id. Raises AccountNotFound."""
    row = store.find(conn, account)
    if row is None:
        raise AccountNotFound
    return row
