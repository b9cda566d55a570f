"""Two processes on one PostgreSQL want the same access tokens at the same time: each grant is used once."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.fakes.openid_provider import OpenIdProvider
from tests.flows.gateway import Gateway, sooner_or_later
from tests.live.dovecot import Dovecot
from tests.supervisor.test_oauth2 import dovecot_options

pytestmark = [pytest.mark.dovecot, pytest.mark.postgres]

ACCOUNTS = [f"u{number}@example.test" for number in range(4)]


async def test_a_rotating_grant_survives_whoever_asks(tmp_path: Path, postgres_url: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="postroom-oauth2-"))
    # A slow token endpoint, so that everybody who wants a token meets a renewal that is under way.
    async with OpenIdProvider(delay=0.5) as provider:
        try:
            async with (
                Dovecot(dovecot_options(folder, provider, "oauthbearer")) as mail,
                Gateway(tmp_path / "one", database_url=postgres_url) as one,
                Gateway(tmp_path / "two", database_url=postgres_url) as two,
            ):
                await all_want_tokens_at_once(provider, mail, one, two)
                await all_tokens_are_refused_at_once(provider, one, two)
                assert not [line for line in one.log + two.log if "Traceback" in line]
        finally:
            shutil.rmtree(folder)


async def all_want_tokens_at_once(provider: OpenIdProvider, mail: Dovecot, one: Gateway, two: Gateway) -> None:
    server = {"host": mail.host, "port": mail.port, "secure": False}
    await one.ask("POST", "/v1/oauth2", provider.application(imap=server))
    for account in ACCOUNTS:
        block = {"provider": "local", "auth": {"user": account}, "refreshToken": provider.grant(account)}
        await one.register(account, server, oauth2=block)
    # The runner of each account, which is in one of the two, and three examinations in each.
    examined = await asyncio.gather(
        *(each.ask("POST", f"{each.path(account)}/diagnosis") for account in ACCOUNTS for each in (one, two) * 3)
    )
    assert all(found["success"] for found in examined), examined
    await all_connected(one)
    assert provider.refreshes == len(ACCOUNTS)


async def all_tokens_are_refused_at_once(provider: OpenIdProvider, one: Gateway, two: Gateway) -> None:
    provider.access.clear()
    await asyncio.gather(*(each.tell(account, "reconnect") for account in ACCOUNTS for each in (one, two)))

    async def renewed() -> bool:
        return provider.refreshes == 2 * len(ACCOUNTS)

    await sooner_or_later(renewed, 30, "every token replaced")
    await all_connected(two)
    assert provider.refreshes == 2 * len(ACCOUNTS)
    for account in ACCOUNTS:
        assert "authenticationError" not in await two.states(account)


async def all_connected(gateway: Gateway) -> None:
    await asyncio.gather(*(gateway.reaches(account, "connected") for account in ACCOUNTS))
