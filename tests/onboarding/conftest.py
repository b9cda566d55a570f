"""What tests of trials share: the API over an empty database, an OpenID provider, a Dovecot that asks it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.conftest import client, client_of
from tests.fakes.openid_provider import OpenIdProvider
from tests.live.dovecot import Dovecot
from tests.supervisor.test_oauth2 import dovecot_options

__all__ = ["client", "client_of", "mail", "provider"]


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    """An OpenID provider whose refresh tokens work once."""
    async with OpenIdProvider() as running:
        yield running


@pytest.fixture
async def mail(provider: OpenIdProvider) -> AsyncIterator[Dovecot]:
    """A Dovecot that takes the provider's access tokens."""
    folder = Path(tempfile.mkdtemp(prefix="postroom-oauth2-"))
    try:
        async with Dovecot(dovecot_options(folder, provider, "xoauth2")) as server:
            yield server
    finally:
        shutil.rmtree(folder)
