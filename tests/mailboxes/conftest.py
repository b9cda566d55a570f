"""The mail server and the account of the sync, and an account whose mailbox callers visit on lent sessions."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postroom.accounts.service import Accounts
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.pool import Pool
from postroom.storage.database import Database
from postroom.storage.tables import accounts as table
from tests.fakes.imap_server import FakeImapServer
from tests.sessions.conftest import sessions_of
from tests.supervisor.conftest import BOX, imap_body
from tests.sync.conftest import account, mail

__all__ = ["account", "mail"]


@pytest.fixture
async def visits(db: Database, mail: FakeImapServer) -> AsyncIterator[MailVisits]:
    """Visits to the account `a`, connected, at the scriptable server; its user is `u1`."""
    accounts = Accounts(db, BOX)
    await accounts.register("a", imap_body(mail.port))
    await db.write(lambda conn: conn.execute(table.update().values(state="connected")))
    made = MailVisits(Borrowing(accounts, Pool(sessions_of())))
    yield made
    await made.borrowing.pool.close()
