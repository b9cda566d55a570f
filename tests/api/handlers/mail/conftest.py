"""An API in front of a mailbox: the account `a` is connected, at the scriptable server or at a real Dovecot."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest

from postroom.storage.tables import accounts as table
from tests.api.conftest import Client
from tests.fakes.imap_server import FakeImapServer
from tests.live.dovecot import Dovecot

_users = itertools.count(1)


async def connect(client: Client, port: int, user: str, account: str = "a") -> None:
    """Register an account at a server of this machine, and let it count as connected: no runner is needed."""
    imap = {"host": "127.0.0.1", "port": port, "secure": False, "auth": {"user": user, "pass": "pass"}}
    answer = await client.post("/v1/account", {"account": account, "name": "N", "email": "a@b.example", "imap": imap})
    assert answer.status == 200, answer.text
    await client.db.write(lambda conn: conn.execute(table.update().values(state="connected")))


@pytest.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    """The scriptable server of the test; the account's user is `u1`."""
    async with FakeImapServer() as server:
        yield server


@pytest.fixture
async def mailed(client: Client, mail: FakeImapServer) -> Client:
    """A client of an API with the account `a` at the scriptable server."""
    await connect(client, mail.port, "u1")
    return client


@pytest.fixture
def user() -> str:
    """A user of the real Dovecot whom no other test of the process has."""
    return f"real{next(_users)}"


@pytest.fixture
async def real(client: Client, dovecot: Dovecot, user: str) -> Client:
    """The account `a` is connected to a new user of a real Dovecot."""
    await connect(client, dovecot.port, user)
    return client
