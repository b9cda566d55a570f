"""A scriptable mail server of each test's own, and an account at it over a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.fakes.imap_server import FakeImapServer
from tests.sync.live_account import LiveAccount, live_account


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        yield server


@pytest_asyncio.fixture
async def account(sqlite_url: str, mail: FakeImapServer) -> AsyncIterator[LiveAccount]:
    async with live_account(sqlite_url, mail) as made:
        yield made
