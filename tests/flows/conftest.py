"""What the stories share: one gateway for those that do not kill it, one receiver of its webhooks, mail servers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.imap_server import FakeImapServer
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway

_FAULTS = ("Traceback", "runner failed", "background work failed", "InternalError")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def receiver() -> AsyncIterator[WebhookReceiver]:
    """Where the webhooks go."""
    async with WebhookReceiver() as listening:
        yield listening


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_gateway(tmp_path_factory: pytest.TempPathFactory, receiver: WebhookReceiver) -> AsyncIterator[Gateway]:
    """The gateway of every story that leaves it alive."""
    async with Gateway(tmp_path_factory.mktemp("gateway")) as running:
        await running.post_webhooks_to(receiver.url)
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(shared_gateway: Gateway) -> AsyncIterator[Gateway]:
    """The shared gateway; in the end it must live, have met no fault of its own, and loses the story's accounts."""
    begun = len(shared_gateway.log)
    yield shared_gateway
    assert shared_gateway.alive, shared_gateway.log[-100:]
    for account in list(shared_gateway.registered):
        await shared_gateway.delete(account)
    # Shown by pytest if the story fails.
    print("\n".join(shared_gateway.log[begun:][-100:]))
    faults = [line for line in shared_gateway.log[begun:] if any(fault in line for fault in _FAULTS)]
    assert faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def mail() -> AsyncIterator[FakeImapServer]:
    """A scriptable mail server of the story's own."""
    async with FakeImapServer() as server:
        yield server
