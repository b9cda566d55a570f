"""The accounts service over an empty database, with a clock that the test can turn."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from postroom.accounts.model import Lease
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.tables import accounts as table
from tests.accounts.bodies import body


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    now: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(db: Database, clock: Clock) -> Accounts:
    """The accounts service on both engines."""
    return Accounts(db, SecretBox(("secret",)), clock)


@pytest.fixture
async def lease(accounts: Accounts, db: Database) -> Lease:
    """A registered account, claimed by a node."""
    await accounts.register("a", body())
    key = (await accounts.get("a")).row.key
    await db.write(lambda conn: conn.execute(sa.update(table).values(owner="node", epoch=1)) and None)
    return Lease(key, "a", "node", 1, 1)
