"""OAuth2 applications in an empty database, on both engines; a provider, and the way to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.http.http_session import open_session
from postroom.oauth2.apps import Apps
from postroom.oauth2.web import WebClient
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from tests.accounts.conftest import Clock, clock
from tests.fakes.openid_provider import OpenIdProvider

__all__ = ["clock"]

BOX = SecretBox(("secret",))


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with OpenIdProvider() as running:
        yield running


@pytest.fixture
async def web() -> AsyncIterator[WebClient]:
    client = WebClient(partial(open_session, AddressPolicy.ANY, 5, LOCALHOST), timeout=30)
    yield client
    await client.close()


@pytest.fixture
def apps(db: Database, clock: Clock) -> Apps:
    return Apps(db, BOX, clock)
