"""What the rows say of accounts, past the service."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from postroom.accounts.lifecycle import State
from postroom.accounts.service import Accounts
from postroom.accounts.settings.writing import document_of
from postroom.storage.database import Database
from postroom.storage.tables import accounts as table
from postroom.storage.tables import events


async def logged(db: Database, account: str) -> list[str]:
    """The types of all events of an account id, in the order of the log."""
    query = sa.select(events.c.type).where(events.c.account == account).order_by(events.c.seq)
    return list(await db.read(lambda conn: conn.execute(query).scalars()))


async def column(db: Database, account: str, name: str) -> Any:
    query = sa.select(table.c[name]).where(table.c.account == account)
    return await db.read(lambda conn: conn.execute(query).scalar_one())


async def count(db: Database, counted: sa.Table) -> int:
    return int(await db.read(lambda conn: conn.execute(sa.select(sa.func.count()).select_from(counted)).scalar_one()))


async def put_state(db: Database, account: str, state: State) -> None:
    change = sa.update(table).where(table.c.account == account).values(state=state.value)
    await db.write(lambda conn: conn.execute(change) and None)


async def document(accounts: Accounts, account: str) -> dict[str, Any]:
    """The full settings, secrets in place."""
    return document_of(await accounts.preview(account, {}))
