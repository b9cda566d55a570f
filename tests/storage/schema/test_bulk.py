"""The accounts of an action go with it, and the action does not go with an account."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.accounts.bulk.model import BulkAction
from postroom.accounts.bulk.service import BulkActions
from postroom.accounts.model import ListQuery
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.schema.bulk import bulk_items, bulk_jobs
from tests.accounts.rows import count
from tests.submission.messages import BOX, add_account


async def test_the_accounts_of_an_action_go_with_it(db: Database) -> None:
    await add_account(db, "anna")
    await BulkActions(db).begin(BulkAction.DELETE, ListQuery(), wish="all", by="admin")
    await Accounts(db, BOX).remove("anna")
    assert (await count(db, bulk_jobs), await count(db, bulk_items)) == (1, 1)
    await db.write(lambda conn: conn.execute(sa.delete(bulk_jobs)) and None)
    assert await count(db, bulk_items) == 0
