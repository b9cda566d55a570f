"""What the tests of the remote commands share: a real gateway, a mail server, and the command line of one person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.cli.remote.commands import CommandLine
from tests.fakes.imap_server import FakeImapServer
from tests.flows.gateway import TOKEN, Gateway


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """One gateway for all of them."""
    async with Gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(shared_gateway: Gateway) -> AsyncIterator[Gateway]:
    """The shared gateway; it loses the accounts of the test in the end."""
    yield shared_gateway
    for account in (await shared_gateway.ask("GET", "/v1/accounts?pageSize=1000"))["accounts"]:
        await shared_gateway.delete(account["account"])


@pytest_asyncio.fixture(loop_scope="session")
async def mail() -> AsyncIterator[FakeImapServer]:
    """A mail server of the test's own."""
    async with FakeImapServer() as server:
        yield server


@pytest.fixture
def person(gateway: Gateway, tmp_path: Path) -> CommandLine:
    """Somebody whose environment names the gateway."""
    return CommandLine(tmp_path, gateway.url, TOKEN)


@pytest.fixture
def stranger(tmp_path: Path) -> CommandLine:
    """Somebody whose environment names nothing."""
    return CommandLine(tmp_path)
