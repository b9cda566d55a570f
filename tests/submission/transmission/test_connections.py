"""Connections that are taken, kept and closed, for stored accounts at a small server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from postroom.accounts.service import Accounts
from postroom.connections.pacing.limits import SignInPacing
from postroom.storage.database import Database
from postroom.submission.transmission.connections import SendingConnections
from postroom.submission.transmission.parcel import Carried
from tests.fakes.smtp_server import ALL_EXTENSIONS, FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.sessions.conftest import sessions_of
from tests.submission.transmission.parcels import MESSAGE, PATIENT, Wish
from tests.supervisor.conftest import access_tokens, accounts

__all__ = ["accounts"]


def smtp_body(port: int, **more: Any) -> dict[str, Any]:
    auth = {"user": "ada", "pass": "pass"}
    return {"name": "A", "email": "a@example.test", "smtp": {"host": "127.0.0.1", "port": port, "auth": auth}, **more}


@pytest.fixture
async def server() -> AsyncIterator[FakeSmtpServer]:
    async with FakeSmtpServer(extensions=ALL_EXTENSIONS) as running:
        yield running


@asynccontextmanager
async def sending(
    db: Database, accounts: Accounts, pacing: SignInPacing | None = None, **more: Any
) -> AsyncIterator[SendingConnections]:
    """Connections that are tended for the block."""
    tokens = access_tokens(db)
    made = SendingConnections(sessions_of(pacing, tokens=tokens), accounts, times=PATIENT, **more)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await tokens.close()


async def send(connections: SendingConnections, account: str = "a", wish: Wish | None = None) -> Carried:
    connection = await connections.take(account)
    carried = await connection.carry((wish or Wish()).parcel)
    await connections.give_back(connection)
    return carried


async def test_a_connection_is_kept_for_the_next_message(
    db: Database, accounts: Accounts, server: FakeSmtpServer
) -> None:
    await accounts.register("a", smtp_body(server.port))
    async with sending(db, accounts) as connections:
        for _ in range(3):
            assert (await send(connections)).reply is not None
        assert server.statistics.logins == 1
    assert [message.content for message in server.messages] == [MESSAGE] * 3
    assert server.statistics.commands()[-1] == "QUIT"
    await eventually(lambda: server.statistics.open_connections == 0)
