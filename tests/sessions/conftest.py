"""How sessions are opened in tests: at servers of this machine, within short limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from postroom.accounts.settings.reading import settings_of
from postroom.connections.clients.imap_client import ImapClient
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.connections.timeouts import Timeouts
from postroom.imap.commands.session import Noop
from postroom.sessions.opening import Sessions
from postroom.sessions.places import Wish
from postroom.sessions.pool import Pool
from postroom.sessions.principal import Principal
from postroom.sessions.staying import Stay
from tests.fakes.imap_server import FakeImapServer

QUICK = Timeouts(connect=5, tls=5, greeting=5, command=5, command_total=10, idle_end=5)


def sessions_of(pacing: SignInPacing | None = None, **more: Any) -> Sessions:
    """Return how sessions are opened, paced by `pacing` or generously."""
    return Sessions(pacing or SignInPacing(Shares(20, 20)), QUICK, AddressPolicy.ANY, {}, LOCALHOST, **more)


def imap_settings(host: str, port: int, user: str = "u", password: str = "pass", **more: object) -> dict[str, Any]:
    """Return a settings document with an IMAP block and, as it is a flat one, more of its members."""
    return {"imap": {"host": host, "port": port, "auth": {"user": user, "pass": password}, **more}}


class Bank:
    """A pool in front of one server, for accounts by number."""

    def __init__(self, host: str, port: int, pool: Pool, user: str = "u") -> None:
        self.pool = pool
        self.settings = imap_settings(host, port, user)

    def lend(
        self,
        key: int = 1,
        revision: int = 1,
        *,
        patience: float = 20.0,
        at_host: int = 10,
        stay: Stay | None = None,
    ) -> AbstractAsyncContextManager[ImapClient]:
        wish = Wish(key, f"account {key}", revision, "host", 2, at_host)
        return self.pool.lend(wish, Principal(settings_of(self.settings)), patience, stay)

    async def use(self, **more: Any) -> ImapClient:
        """Borrow, ask something, and give back."""
        async with self.lend(**more) as client:
            await client.run(Noop())
            return client


@pytest.fixture
async def server() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as running:
        yield running


@pytest.fixture
async def bank(server: FakeImapServer) -> AsyncIterator[Bank]:
    pool = Pool(sessions_of())
    yield Bank(server.host, server.port, pool)
    await pool.close()
