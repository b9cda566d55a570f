"""A connection whose server closes it while it rests, or loses count of the commands."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.smtp_server import ALL_EXTENSIONS, FakeSmtpServer
from tests.submission.transmission.parcels import IMPATIENT, Wish
from tests.submission.transmission.sending import send, sending, smtp_body
from tests.supervisor.conftest import accounts

__all__ = ["accounts"]
WITHOUT_CHUNKS = tuple(each for each in ALL_EXTENSIONS if each != "CHUNKING")


@pytest.fixture
async def server() -> AsyncIterator[FakeSmtpServer]:
    async with FakeSmtpServer(extensions=WITHOUT_CHUNKS) as running:
        yield running


async def test_a_connection_that_died_at_rest_is_no_failure(
    db: Database, accounts: Accounts, server: FakeSmtpServer
) -> None:
    """The server may close in the moment in which the next message begins. The proxy loses the connection then."""
    async with FaultProxy(server.host, server.port) as proxy, sending(db, accounts) as connections:
        await accounts.register("a", smtp_body(proxy.port))
        await send(connections)
        proxy.lose(b"MAIL FROM")
        wish = Wish()
        carried = await send(connections, wish=wish)
        assert (carried.reply is not None, carried.fault, wish.asked) == (True, None, 1)
        assert (proxy.losses, server.statistics.logins, len(server.messages)) == (1, 2, 2)
        await send(connections)
        assert server.statistics.logins == 2


@pytest.mark.parametrize("reply", ["421 4.4.2 Idle for too long"])
async def test_a_server_that_takes_its_leave_at_the_next_message_is_asked_again(
    db: Database, accounts: Accounts, server: FakeSmtpServer, reply: str
) -> None:
    async with sending(db, accounts) as connections:
        await accounts.register("a", smtp_body(server.port))
        await send(connections)
        server.reply_with("MAIL", reply, times=1)
        assert (await send(connections)).reply is not None
        # A new connection has no such excuse.
        server.reply_with("MAIL", reply)
        carried = await send(connections)
        assert carried.fault is not None
        assert (carried.fault.code, server.statistics.logins) == ("4.4.2", 3)


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
async def test_once_the_server_has_answered_a_loss_is_a_fault(
    db: Database, accounts: Accounts, server: FakeSmtpServer, stage: str
) -> None:
    async with sending(db, accounts) as connections:
        await accounts.register("a", smtp_body(server.port))
        await send(connections)
        server.drop_on(stage)
        carried = await send(connections)
        assert carried.fault is not None
        assert (carried.fault.code, carried.may_have_gone, server.statistics.logins) == ("ECONNRESET", False, 1)


async def test_the_new_connection_may_fail_too(db: Database, accounts: Accounts, server: FakeSmtpServer) -> None:
    async with FaultProxy(server.host, server.port) as proxy, sending(db, accounts) as connections:
        await accounts.register("a", smtp_body(proxy.port))
        await send(connections)
        connection = await connections.take("a")
        await proxy.refuse()
        proxy.lose(b"MAIL FROM")
        carried = await connection.carry(Wish().parcel)
        assert carried.fault is not None
        assert (carried.fault.code, carried.fault.command) == ("ECONNREFUSED", "CONN")
        assert (carried.untried, carried.may_have_gone, carried.is_usable) == (("b@example.test",), False, False)
        await connections.give_back(connection)


async def test_a_server_that_loses_count_gets_one_command_at_a_time(db: Database, accounts: Accounts) -> None:
    server = FakeSmtpServer(extensions=ALL_EXTENSIONS, forgets_pipelined=True)
    async with server, sending(db, accounts, times=IMPATIENT) as connections:
        await accounts.register("a", smtp_body(server.port))
        carried = await send(connections)
        assert carried.fault is not None
        assert (carried.fault.code, carried.may_have_gone) == ("ETIMEDOUT", False)
    async with server, sending(db, accounts) as connections:
        server.forgets_pipelined = False
        server.say_more_on("MAIL", "354 Surplus")
        carried = await send(connections)
        server.behave()
        assert carried.fault is not None
        for _ in range(3):
            assert (await send(connections)).reply is not None
        assert {message.command for message in server.messages} == {"DATA"}
