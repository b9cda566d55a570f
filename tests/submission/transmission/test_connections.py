"""Connections that are taken, kept and closed, for stored accounts at a small server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.connections.sockets.endpoint import Endpoint
from postroom.sessions.failures import SessionFailed
from postroom.storage.database import Database
from postroom.submission.transmission.connections import NoSmtp, Through
from tests.fakes.proxy import FakeProxy
from tests.fakes.smtp_server import ALL_EXTENSIONS, FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.submission.transmission.parcels import MESSAGE, Wish
from tests.submission.transmission.sending import send, sending, smtp_body
from tests.supervisor.conftest import accounts

__all__ = ["accounts"]


@pytest.fixture
async def server() -> AsyncIterator[FakeSmtpServer]:
    async with FakeSmtpServer(extensions=ALL_EXTENSIONS) as running:
        yield running


@pytest.fixture
async def registered(accounts: Accounts, server: FakeSmtpServer) -> Accounts:
    """An account `a` at the server."""
    await accounts.register("a", smtp_body(server.port))
    return accounts


async def test_a_connection_is_kept_for_the_next_message(
    db: Database, registered: Accounts, server: FakeSmtpServer
) -> None:
    async with sending(db, registered) as connections:
        for _ in range(4):
            assert (await send(connections)).reply is not None
        assert server.statistics.logins == 1
    assert [message.content for message in server.messages] == [MESSAGE] * 4
    # Once the server has shown twice that it counts its replies right, the messages go in chunks.
    assert [message.command for message in server.messages] == ["DATA", "DATA", "BDAT", "BDAT"]
    assert server.statistics.commands()[-1] == "QUIT"
    await eventually(lambda: server.statistics.open_connections == 0)


async def test_a_connection_goes_when_it_has_rested_for_long(
    db: Database, registered: Accounts, server: FakeSmtpServer
) -> None:
    async with sending(db, registered, idle_for=0.01) as connections:
        await send(connections)
        # The loop looks when it is woken, or after some seconds.
        await registered.register("b", smtp_body(server.port))
        await eventually(lambda: server.statistics.open_connections == 0)
        assert server.statistics.commands()[-1] == "QUIT"
        await send(connections)
        assert server.statistics.logins == 2


async def change_settings(accounts: Accounts) -> None:
    await accounts.update("a", {"smtp": {"partial": True, "port": 1}})


async def pause(accounts: Accounts) -> None:
    await accounts.disconnect("a")


async def delete(accounts: Accounts) -> None:
    await accounts.remove("a")


@pytest.mark.parametrize("act", [change_settings, pause, delete])
async def test_a_connection_goes_when_its_account_changes(
    db: Database, registered: Accounts, server: FakeSmtpServer, act: object
) -> None:
    async with sending(db, registered) as connections:
        await send(connections)
        await act(registered)  # type: ignore[operator]
        await eventually(lambda: server.statistics.open_connections == 0)
        assert server.statistics.commands()[-1] == "QUIT"


async def test_a_connection_of_older_settings_is_not_used(
    db: Database, registered: Accounts, server: FakeSmtpServer
) -> None:
    async with sending(db, registered) as connections:
        await send(connections)
        connection = await connections.take("a")
        await registered.update("a", {"smtpEhloName": "other.example.test"})
        await registered.reconnect("a")
        await connections.give_back(connection)
        await send(connections)
        assert server.statistics.logins == 2


@pytest.mark.parametrize(("limit", "logins"), [("MAILMAX=2", 3), ("MAILMAX=9", 1)])
async def test_a_connection_carries_no_more_messages_than_the_server_wants(
    db: Database, accounts: Accounts, limit: str, logins: int
) -> None:
    async with FakeSmtpServer(extensions=("8BITMIME", f"LIMITS {limit}")) as server, sending(db, accounts) as sent:
        await accounts.register("a", smtp_body(server.port))
        for _ in range(5):
            await send(sent)
        assert server.statistics.logins == logins
        assert len(server.messages) == 5


async def test_there_are_not_too_many_at_rest(db: Database, registered: Accounts, server: FakeSmtpServer) -> None:
    async with sending(db, registered, at_host=2) as connections:
        for account in ("b", "c", "d"):
            await registered.register(account, smtp_body(server.port))
            await send(connections, account)
        await eventually(lambda: server.statistics.open_connections == 2)
        await send(connections, "c")
        assert server.statistics.logins == 3


async def test_places_are_counted_until_the_end(db: Database, registered: Accounts, server: FakeSmtpServer) -> None:
    pacing = SignInPacing(Shares(20, 20))
    async with sending(db, registered, pacing) as connections:
        taken = await connections.take("a")
        assert pacing.connections == 1
        await connections.give_back(taken)
        assert pacing.connections == 1
        # The server closes a connection at rest.
        await server.stop()
        await eventually(lambda: pacing.connections == 0)
        await server.start()
        await send(connections)
        assert pacing.connections == 1
    assert pacing.connections == 0


async def test_none_is_kept_when_accounts_wait_for_connections(
    db: Database, registered: Accounts, server: FakeSmtpServer
) -> None:
    pacing = SignInPacing(Shares(20, 20, connections=1))
    async with sending(db, registered, pacing) as connections:
        await registered.register("b", smtp_body(server.port))
        assert [(await send(connections, account)).reply is not None for account in ("a", "b", "a")] == [True] * 3


async def test_the_way_of_a_message(db: Database, registered: Accounts, server: FakeSmtpServer) -> None:
    await registered.update("a", {"smtp": {"partial": True, "tls": {"allowPlaintext": True}}})
    async with sending(db, registered) as connections, FakeProxy() as proxy:
        for through in (Through(proxy.url("socks5")), Through(local_address="127.0.0.1")):
            connection = await connections.take("a", through)
            assert (await connection.carry(Wish().parcel)).reply is not None
            await connections.give_back(connection)
        assert len(proxy.asked) == 1
        # Such a connection is not kept, because other messages have another way.
        await send(connections)
        assert server.statistics.logins == 3
        with pytest.raises(SessionFailed) as caught:
            await connections.take("a", Through(local_address="192.0.2.1"))
        assert caught.value.failure.code == "EADDRNOTAVAIL"


def test_a_message_may_go_through_another_proxy_than_the_account() -> None:
    endpoint = Endpoint("smtp.example.test", 465)
    assert Through().way(endpoint) == endpoint
    found = Through("http://p.example.test:3128", "192.0.2.1").way(endpoint)
    assert (str(found.proxy), found.local_address) == ("http://p.example.test:3128", "192.0.2.1")


async def test_who_cannot_send(db: Database, registered: Accounts, server: FakeSmtpServer) -> None:
    imap = {"host": "127.0.0.1", "port": 1, "auth": {"user": "a", "pass": "b"}}
    await registered.register("b", {"name": "B", "email": "b@example.test", "imap": imap})
    async with sending(db, registered) as connections:
        for account, error in (("b", NoSmtp), ("nobody", AccountNotFound)):
            with pytest.raises(error):
                await connections.take(account)
        await registered.update("a", {"smtp": {"partial": True, "auth": {"user": "ada", "pass": "wrong"}}})
        with pytest.raises(SessionFailed) as caught:
            await connections.take("a")
        assert caught.value.failure.kind == "authentication"


async def test_nothing_is_taken_after_the_end(db: Database, registered: Accounts, server: FakeSmtpServer) -> None:
    async with sending(db, registered) as connections:
        taken = await connections.take("a")
    with pytest.raises(SessionFailed):
        await connections.take("a")
    await connections.give_back(taken)
    await eventually(lambda: server.statistics.open_connections == 0)
    await asyncio.sleep(0)
