"""A dashboard with the account `a/b`, whose mail is at a scriptable server, and `c/d`, whose mail is at a real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest

from postroom.storage.tables import accounts as table
from postroom.web.dashboard.desk import Desk
from tests.fakes.imap_server import FakeImapServer
from tests.live.dovecot import Dovecot
from tests.supervisor.conftest import imap_body
from tests.web.dashboard.desk_site import DeskSite, open_desk

ACCOUNT = "a/b"
REAL = "c/d"
USERS = count(1)
Deliver = Callable[[bytes], Awaitable[None]]


@pytest.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    """The mail server."""
    async with FakeImapServer() as server:
        yield server


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path, mail: FakeImapServer) -> AsyncIterator[DeskSite]:
    """The dashboard; no runner is there, so the state of the account stays as it is set here."""
    async with open_desk(sqlite_url, tmp_path) as running:
        await running.gateway.desk.accounts.register(ACCOUNT, imap_body(mail.port))
        await running.db.write(lambda conn: conn.execute(table.update().values(state="connected")) and None)
        yield running
        await running.gateway.desk.mail.visits.borrowing.pool.close()


@pytest.fixture
def desk(site: DeskSite) -> Desk:
    """The services that the screens get."""
    return site.gateway.desk


@pytest.fixture
async def deliver(site: DeskSite, dovecot: Dovecot) -> Deliver:
    """Puts a message into the real mailbox of `c/d`."""
    user = f"letters-{next(USERS)}@example.test"
    await site.gateway.desk.accounts.register(REAL, imap_body(dovecot.port, user))
    await site.db.write(lambda conn: conn.execute(table.update().values(state="connected")) and None)

    async def put(message: bytes) -> None:
        await asyncio.to_thread(dovecot.deliver, user, message)

    return put
