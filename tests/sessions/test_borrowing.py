"""From an account to a lent session: which accounts lend, and what takes their sessions away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountNotFound, NotConnected
from postroom.accounts.service import Accounts
from postroom.imap.commands.session import Noop
from postroom.sessions.borrowing import LENDING, Borrowing
from postroom.sessions.failures import SessionFailed
from postroom.sessions.pool import Pool
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.tables import accounts as table
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.waiting import eventually
from tests.sessions.conftest import sessions_of
from tests.supervisor.conftest import (
    BOX,
    access_tokens,
    accounts,
    imap_body,
    supervised,
)
from tests.supervisor.test_oauth2 import reaches, state

__all__ = ["accounts"]


@pytest.fixture
async def server() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as running:
        yield running


@pytest.fixture
async def borrowing(db: Database, accounts: Accounts) -> AsyncIterator[Borrowing]:
    tokens = access_tokens(db)
    made = Borrowing(accounts, Pool(sessions_of(tokens=tokens)))
    yield made
    await made.pool.close()
    await tokens.close()


@asynccontextmanager
async def tended(borrowing: Borrowing) -> AsyncIterator[None]:
    task = asyncio.create_task(borrowing.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def put(db: Database, **values: object) -> None:
    await db.write(lambda conn: conn.execute(table.update().values(**values)))


async def use(borrowing: Borrowing, account: str = "a") -> None:
    async with borrowing.borrow(account) as client:
        await client.run(Noop())


@pytest.mark.parametrize("each", list(State))
async def test_an_account_lends_unless_it_is_in_trouble(
    db: Database, accounts: Accounts, borrowing: Borrowing, server: FakeImapServer, each: State
) -> None:
    await accounts.register("a", imap_body(server.port))
    await put(db, state=each.value)
    if each in LENDING:
        await use(borrowing)
        assert server.statistics.logins == 1
    else:
        with pytest.raises(NotConnected) as caught:
            await use(borrowing)
        assert caught.value.state is each
        assert server.statistics.connections == 0


async def test_what_lends_nothing(
    db: Database, accounts: Accounts, borrowing: Borrowing, server: FakeImapServer
) -> None:
    with pytest.raises(AccountNotFound):
        await use(borrowing)
    await accounts.register("a", imap_body(server.port))
    await put(db, state="connected", wanted="stopped")
    with pytest.raises(NotConnected) as held:
        await use(borrowing)
    assert held.value.code == "NoAvailable"
    await accounts.register("b", {"name": "B", "imap": False, "smtp": imap_body(server.port)["imap"]})
    await put(db, state="connected", wanted="run")
    with pytest.raises(NotConnected) as unset:
        await use(borrowing, "b")
    assert unset.value.code == "NotSyncing"
    assert server.statistics.connections == 0


async def test_secrets_that_cannot_be_opened_are_told_as_what_they_are(
    db: Database, accounts: Accounts, server: FakeImapServer
) -> None:
    await accounts.register("a", imap_body(server.port))
    await put(db, state="connected")
    other = Borrowing(Accounts(db, SecretBox(("another secret",))), Pool(sessions_of()))
    with pytest.raises(SessionFailed) as caught:
        await use(other)
    assert (caught.value.code, caught.value.stage) == ("SecretUnreadable", "credentials")


async def test_beside_a_live_account_and_until_it_changes(
    db: Database, accounts: Accounts, borrowing: Borrowing, server: FakeImapServer
) -> None:
    await accounts.register("a", imap_body(server.port))
    async with supervised(db), tended(borrowing):
        await reaches(accounts, state("connected"))
        live = server.statistics.logins
        for _ in range(3):
            await use(borrowing)
        assert server.statistics.logins == live + 1
        assert server.statistics.open_connections == 2, "the watch keeps the connection it idles on"

        # Each of these takes the lent sessions away, without anybody borrowing again.
        await accounts.reconnect("a")
        await eventually(lambda: borrowing.pool.places.count == 0)
        await eventually(lambda: server.statistics.logins == live + 2)
        await reaches(accounts, state("connected"))
        await use(borrowing)
        await accounts.disconnect("a")
        await eventually(lambda: borrowing.pool.places.count == 0)
        with pytest.raises(NotConnected):
            await use(borrowing)
        await accounts.reconnect("a")
        await reaches(accounts, state("connected"))
        await use(borrowing)
        await accounts.remove("a")
        await eventually(lambda: borrowing.pool.places.count == 0)
        with pytest.raises(AccountNotFound):
            await use(borrowing)
    assert BOX is accounts.box


async def test_new_credentials_are_used_by_the_next_borrower(
    db: Database, accounts: Accounts, borrowing: Borrowing, server: FakeImapServer
) -> None:
    await accounts.register("a", imap_body(server.port))
    await put(db, state="connected")
    async with borrowing.borrow("a") as old:
        await accounts.update("a", {"imap": {"partial": True, "auth": {"user": "u2", "pass": "pass"}}})
        await put(db, state="connected")
        async with borrowing.borrow("a") as new:
            assert (old.closed, new.closed) == (True, False)
    assert server.statistics.count("login", "u2") == 1


async def test_the_end_closes_everything(
    db: Database, accounts: Accounts, borrowing: Borrowing, server: FakeImapServer
) -> None:
    await accounts.register("a", imap_body(server.port))
    await put(db, state="connected")
    async with tended(borrowing):
        await use(borrowing)
        assert borrowing.pool.places.count == 1
    assert borrowing.pool.places.count == 0
    with pytest.raises(SessionFailed):
        await use(borrowing)
    await eventually(lambda: server.statistics.open_connections == 0)


async def test_one_session_gives_way_for_each_borrower_that_waits(
    accounts: Accounts, borrowing: Borrowing, db: Database, server: FakeImapServer
) -> None:
    await accounts.register("a", imap_body(server.port))
    await put(db, state="connected")
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        lent = [await each.enter_async_context(borrowing.lend("a")) for each in (first, second)]
        assert [each.gives_way() for each in lent] == [False, False]
        waiting = asyncio.create_task(use(borrowing))
        await eventually(lambda: borrowing.pool.places.waiting(lent[0].row.key) == 1, what="somebody waits")
        assert [lent[1].gives_way(), lent[0].gives_way(), lent[1].gives_way()] == [True, False, True]
        await second.aclose()
        await waiting
        assert not lent[0].gives_way()
        assert not borrowing.promised
