"""The quotas of stored accounts: on a lent session, and none when it cannot be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postroom.accounts.service import Accounts
from postroom.mailboxes.quota_cache import Quota, QuotaCache
from postroom.mailboxes.quota_service import Quotas
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.pool import Pool
from postroom.storage.database import Database
from postroom.storage.tables import accounts as table
from tests.fakes.imap_server import CAPABILITIES, GOOD, FakeImapServer, answer, drop_during, refuse_login
from tests.sessions.conftest import sessions_of
from tests.supervisor.conftest import BOX, imap_body

TOLD = answer("GETQUOTAROOT", '* QUOTAROOT INBOX ""', '* QUOTA "" (STORAGE 10 100)')


@pytest.fixture
async def server() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer(capabilities=(*CAPABILITIES, "QUOTA")) as running:
        running.behave(TOLD)
        yield running


@pytest.fixture
async def quotas(db: Database, server: FakeImapServer) -> AsyncIterator[Quotas]:
    accounts = Accounts(db, BOX)
    await accounts.register("a", imap_body(server.port))
    made = Quotas(Borrowing(accounts, Pool(sessions_of())), QuotaCache(kept=0.0))
    yield made
    await made.borrowing.pool.close()


async def asked(quotas: Quotas, state: str = "connected") -> Quota:
    accounts = quotas.borrowing.accounts
    await accounts.db.write(lambda conn: conn.execute(table.update().values(state=state)))
    return await quotas.of("a", (await accounts.get("a")).row)


async def test_one_session_answers_again_and_again(quotas: Quotas, server: FakeImapServer) -> None:
    for _ in range(3):
        assert await asked(quotas) == {"usage": 10240, "limit": 102400, "status": "10%"}
    assert (server.statistics.logins, server.statistics.count("command", "GETQUOTAROOT")) == (1, 3)


async def test_an_account_that_is_not_connected_is_not_asked(quotas: Quotas, server: FakeImapServer) -> None:
    assert await asked(quotas, "syncing") is None
    assert await asked(quotas, "authenticationError") is None
    assert server.statistics.connections == 0


async def test_what_cannot_be_asked_is_none(quotas: Quotas, server: FakeImapServer) -> None:
    server.behave(drop_during("GETQUOTAROOT"))
    assert await asked(quotas) is None
    server.behave(refuse_login())
    assert await asked(quotas) is None


async def test_a_server_that_refuses_has_none(quotas: Quotas, server: FakeImapServer) -> None:
    server.behave(answer("GETQUOTAROOT", tagged="NO Not for you"))
    assert await asked(quotas) is False
    server.behave(GOOD | TOLD)
    assert server.statistics.logins == 1
