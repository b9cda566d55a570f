"""Accounts in trouble, put into the database as their runners would leave them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.accounts.lifecycle import State
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_settings, account_status, accounts

Put = Callable[..., Awaitable[int]]


def rows_of(
    account: str,
    *,
    error: Mapping[str, Any] | None = None,
    kind: str = "authentication",
    host: str = "imap.example.com",
    state: State = State.AUTHENTICATION_ERROR,
    since: int = 1_000,
    **columns: Any,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The rows of an account; `error` is its last error as it is stored."""
    names = {"name": account, "email": account, "search": account, "type": "imap", "host": host, "owner": "node"}
    row = {"account": account, "created_at": 0, "state": state.value, "state_since": since, **names, **columns}
    code = (error or {}).get("serverResponseCode", "")
    status = {
        "last_error": error,
        "error_since": since if error else None,
        "error_announced": f"{kind}:login:{code}" if error else None,
    }
    return row, {"document": {}}, status


@pytest.fixture
def put(db: Database) -> Put:
    """Stores an account and returns its key; takes what `rows_of` takes."""

    async def store(account: str, **told: Any) -> int:
        row, settings, status = rows_of(account, **told)

        def work(conn: Connection) -> int:
            key = int(conn.execute(sa.insert(accounts).values(row).returning(accounts.c.key)).scalar_one())
            conn.execute(sa.insert(account_settings).values(account_key=key, **settings))
            conn.execute(sa.insert(account_status).values(account_key=key, **status))
            return key

        return await db.write(work)

    return store
