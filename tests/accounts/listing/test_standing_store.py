"""The numbers of accounts by state and provider, on both engines."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.accounts.lifecycle import State
from postroom.accounts.listing import standing_store
from postroom.accounts.listing.standing_store import AccountStanding
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.tables import accounts as table
from postroom.storage.tables import oauth2_apps
from tests.accounts.bodies import body
from tests.accounts.rows import put_state


async def test_accounts_of_one_application_and_one_host_are_counted_together(accounts: Accounts, db: Database) -> None:
    app = {"id": "AAAB", "provider": "gmail", "document": {}, "created_at": 0, "updated_at": 0}
    await db.write(lambda conn: conn.execute(sa.insert(oauth2_apps), app) and None)
    for name in ("a", "b", "c"):
        await accounts.register(name, body())
    of_app = sa.update(table).where(table.c.account == "c").values(type="AAAB", host="")
    await db.write(lambda conn: conn.execute(of_app) and None)
    await put_state(db, "a", State.CONNECTED)
    assert await db.read(standing_store.counts) == {
        AccountStanding("connected", "imap", "imap.example.com"): 1,
        AccountStanding("init", "imap", "imap.example.com"): 1,
        AccountStanding("init", "gmail", ""): 1,
    }


async def test_without_accounts_nothing_is_counted(db: Database) -> None:
    assert await db.read(standing_store.counts) == {}
