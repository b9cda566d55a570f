"""What a runner remembers from one connection to the next."""

from __future__ import annotations

import asyncio

import pytest

from postroom.accounts.lifecycle import State
from postroom.accounts.service import Accounts
from postroom.cluster.nodes_store import members
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.connections.sockets import wrong_secure
from postroom.connections.timeouts import Timeouts
from postroom.storage.database import Database
from tests.fakes.imap_server import FakeImapServer, greet_late
from tests.fakes.waiting import eventually
from tests.supervisor.conftest import imap_body, supervised
from tests.supervisor.test_supervisor import state_is

PATIENT = Timeouts(connect=20, tls=20, greeting=20, command=20, command_total=30, idle_end=1)


async def has_signed_in(server: FakeImapServer, times: int) -> None:
    await eventually(lambda: server.statistics.logins == times)


@pytest.mark.long
async def test_a_server_that_greets_late_is_asked_for_tls_once_not_at_every_reconnect(
    db: Database, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrong_secure, "HESITATION", 0.3)
    async with FakeImapServer() as server, supervised(db, timeouts=PATIENT):
        server.behave(greet_late(2 * wrong_secure.HESITATION))
        await accounts.register("a1", imap_body(server.port))
        await state_is(accounts, "a1", State.CONNECTED)
        met = server.statistics.connections
        for reconnect in (1, 2):
            await server.drop_connections()
            await has_signed_in(server, 1 + reconnect)
            await state_is(accounts, "a1", State.CONNECTED)
            assert server.statistics.connections == met + reconnect


async def waits(accounts: Accounts, reason: str, account: str = "a1") -> None:
    """Wait until the account says that it waits, and for this reason."""
    async with asyncio.timeout(30):
        while (view := await accounts.get(account)).waiting is None or reason not in view.waiting.reason:
            await asyncio.sleep(0.01)
    assert view.row.state is State.INIT


async def is_counted(db: Database, cause: str) -> None:
    """Wait until the node's heartbeat says that one sign-in waits, and why."""
    async with asyncio.timeout(30):
        while [(node.load or {}).get("waiting") for node in await db.read(members)] != [{cause: 1}]:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("limit", ["slots", "connections"])
async def test_an_account_that_waits_for_long_says_so_and_why(db: Database, accounts: Accounts, limit: str) -> None:
    shares = Shares(1, 1) if limit == "slots" else Shares(5, 5, connections=1)
    pacing = SignInPacing(shares, takes_long=None, long_wait=0.05)
    async with FakeImapServer() as server, supervised(db, timeouts=PATIENT, pacing=pacing):
        async with pacing.sign_in("127.0.0.1"):
            await accounts.register("a1", imap_body(server.port))
            told = "limit of open files" if limit == "connections" else "as many sign-ins as allowed are in progress"
            await waits(accounts, told)
            assert server.statistics.connections == 0
            await is_counted(db, "connections" if limit == "connections" else "busy_host")
        await state_is(accounts, "a1", State.CONNECTED)
        assert (await accounts.get("a1")).waiting is None
        states = [entry.state for entry in reversed((await accounts.timeline("a1", 0, 20)).items)]
        assert [each.value for each in states] == ["init", "connecting", "init", "connecting", "syncing", "connected"]
        counters = (await accounts.get("a1")).counters
        assert counters == {"accountAdded": 1, "authenticationSuccess": 1, "accountInitialized": 1}


async def test_a_heartbeat_tells_of_connections_and_transactions(db: Database, accounts: Accounts) -> None:
    pacing = SignInPacing(Shares(5, 5, connections=7))
    async with FakeImapServer() as server, supervised(db, timeouts=PATIENT, pacing=pacing):
        await accounts.register("a1", imap_body(server.port))
        await state_is(accounts, "a1", State.CONNECTED)
        async with asyncio.timeout(30):
            while not (load := (await db.read(members))[0].load or {}).get("connections"):
                await asyncio.sleep(0.01)
    assert (load["connections"], load["most_connections"], load["transactions"]) == (1, 7, 0)


async def test_a_short_wait_writes_nothing(db: Database, accounts: Accounts) -> None:
    pacing = SignInPacing(Shares(1, 1), long_wait=60)
    async with FakeImapServer() as server, supervised(db, timeouts=PATIENT, pacing=pacing):
        for number in range(5):
            await accounts.register(f"a{number}", imap_body(server.port))
        for number in range(5):
            await state_is(accounts, f"a{number}", State.CONNECTED)
            states = [entry.state for entry in reversed((await accounts.timeline(f"a{number}", 0, 20)).items)]
            assert [each.value for each in states] == ["init", "connecting", "syncing", "connected"]


async def test_an_account_that_waits_can_be_changed_and_removed(db: Database, accounts: Accounts) -> None:
    pacing = SignInPacing(Shares(1, 1), takes_long=None, long_wait=0.05)
    async with FakeImapServer() as server, supervised(db, timeouts=PATIENT, pacing=pacing):
        async with pacing.sign_in("127.0.0.1"):
            for account in ("a1", "a2"):
                await accounts.register(account, imap_body(server.port))
                await waits(accounts, "sign-ins", account)
            await accounts.remove("a2")
            await accounts.reconnect("a1")
            await eventually(lambda: pacing.waiting("127.0.0.1") == 1, what="the other one has left the line")
        await state_is(accounts, "a1", State.CONNECTED)
        assert server.statistics.logins == 1
