"""OAuth2 accounts from registration to a live session: a real Dovecot that asks a real OpenID provider."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from postroom.accounts.service import Accounts
from postroom.clock import now_ms
from postroom.oauth2.apps import Apps
from postroom.storage.database import Database
from tests.fakes.openid_provider import OpenIdProvider, failure
from tests.fakes.raw_http import RawHttp, ok
from tests.live.dovecot import Dovecot, DovecotOptions
from tests.supervisor.conftest import BOX, access_tokens, supervised

pytestmark = pytest.mark.dovecot
USER = "u1@example.test"


def dovecot_options(folder: Path, provider: OpenIdProvider, mechanism: str) -> DovecotOptions:
    """A Dovecot that takes access tokens by one mechanism only, and asks the provider about each."""
    folder.chmod(0o755)
    lookup = folder / "oauth2.conf"
    lookup.write_text(
        f"tokeninfo_url = {provider.url}/tokeninfo?access_token=\n"
        "username_attribute = email\nactive_attribute = active\nactive_value = true\n"
    )
    passdb = f"passdb {{\n  driver = oauth2\n  mechanisms = {mechanism}\n  args = {lookup}\n}}\n"
    return DovecotOptions(extra_config=f"auth_mechanisms = plain login {mechanism}\n{passdb}")


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with OpenIdProvider() as running:
        yield running


@pytest.fixture(params=["xoauth2", "oauthbearer"])
async def mail(request: pytest.FixtureRequest, provider: OpenIdProvider) -> AsyncIterator[Dovecot]:
    folder = Path(tempfile.mkdtemp(prefix="postroom-oauth2-"))
    try:
        async with Dovecot(dovecot_options(folder, provider, request.param)) as server:
            yield server
    finally:
        shutil.rmtree(folder)


async def register(db: Database, provider: OpenIdProvider, mail: Dovecot, **oauth2: Any) -> Accounts:
    """An account of the application `local` at this server."""
    server = {"host": mail.host, "port": mail.port, "secure": False}
    await Apps(db, BOX).create(provider.application(imap=server))
    accounts = Accounts(db, BOX)
    block = {"provider": "local", "auth": {"user": USER}, "refreshToken": provider.grant(USER), **oauth2}
    await accounts.register("a", {"name": "A", "imap": server, "oauth2": block})
    return accounts


async def reaches(accounts: Accounts, condition: Callable[[Any], bool], timeout: float = 60) -> Any:
    """Wait until what is known of the account fulfils the condition."""
    deadline = time.monotonic() + timeout
    while True:
        view = await accounts.get("a")
        if condition(view):
            return view
        assert time.monotonic() < deadline, (view.row, view.last_error)
        await a_little()


async def a_little() -> None:
    await asyncio.sleep(0.03)


def state(name: str) -> Callable[[Any], bool]:
    return lambda view: view.row.state.value == name


async def states(accounts: Accounts) -> list[str]:
    page = await accounts.timeline("a", 0, 500)
    return [entry.state.value for entry in reversed(page.items)]


async def test_a_refused_token_is_replaced_without_an_error_and_a_revoked_grant_is_one(
    db: Database, provider: OpenIdProvider, mail: Dovecot
) -> None:
    accounts = await register(db, provider, mail)
    async with supervised(db):
        await reaches(accounts, state("connected"))
        assert provider.refreshes == 1

        # The mail server takes the stored token no longer, though it looks good for an hour.
        provider.access.clear()
        revision = (await accounts.get("a")).row.revision
        await accounts.reconnect("a")
        await reaches(accounts, lambda view: view.row.revision > revision and provider.refreshes == 2)
        await reaches(accounts, state("connected"))
        assert "authenticationError" not in await states(accounts)
        assert provider.refreshes == 2

        provider.revoke_grants()
        await accounts.reconnect("a")
        view = await reaches(accounts, state("authenticationError"))
        assert view.last_error.code == "OauthRenewError"
        assert view.last_error.token_request["response"]["error"] == "invalid_grant"
        assert view.last_error.token_request["status"] == 400
        assert view.counters["authenticationError"] == 1


async def test_a_token_that_is_refused_even_when_fresh_is_an_error_after_one_replacement(
    db: Database, provider: OpenIdProvider, mail: Dovecot
) -> None:
    # The provider says that the token is another person's.
    accounts = await register(db, provider, mail, refreshToken=provider.grant("other@example.test"))
    async with supervised(db):
        view = await reaches(accounts, state("authenticationError"))
        assert view.last_error.phase == "login"
        assert provider.refreshes == 2


async def test_a_broken_token_endpoint_is_no_authentication_error(
    db: Database, provider: OpenIdProvider, mail: Dovecot
) -> None:
    accounts = await register(db, provider, mail)
    provider.next_answers(*[failure(500)] * 3, failure(429))
    async with supervised(db):
        view = await reaches(accounts, state("connectError"))
        assert view.last_error.token_request["status"] in (500, 429)
        await reaches(accounts, state("connected"))
        assert "authenticationError" not in await states(accounts)


@pytest.mark.parametrize("status", [b"200 OK", b"201 Created"])
async def test_an_answer_in_two_segments_connects(
    db: Database, provider: OpenIdProvider, mail: Dovecot, status: bytes
) -> None:
    accounts = await register(db, provider, mail)
    provider.access["access-in-two"] = (USER, time.time() + 3600)
    answer = ok(b'{"access_token": "access-in-two", "expires_in": 3600}', status=status)
    async with RawHttp() as raw:
        provider.named["token_endpoint"] = raw.url
        raw.answer(answer[:-20], answer[-20:], pause=0.2)
        async with supervised(db):
            await reaches(accounts, state("connected"))
    assert set(await states(accounts)) == {"init", "connecting", "syncing", "connected"}


async def test_a_refusal_with_status_200_is_an_authentication_error(
    db: Database, provider: OpenIdProvider, mail: Dovecot
) -> None:
    accounts = await register(db, provider, mail)
    provider.next_answers(failure(200, "invalid_grant"))
    async with supervised(db):
        view = await reaches(accounts, state("authenticationError"))
        assert view.last_error.token_request["response"]["error"] == "invalid_grant"


async def test_a_session_that_ends_with_its_token_goes_on_with_the_next(
    db: Database, provider: OpenIdProvider, mail: Dovecot
) -> None:
    # Hours pass at once: for whoever judges by a clock, and for the provider, which knows the old tokens no longer.
    passed = 0
    tokens = access_tokens(db, clock=lambda: now_ms() + passed)
    accounts = await register(db, provider, mail)
    async with supervised(db, tokens=tokens):
        await reaches(accounts, state("connected"))
        for _ in range(3):
            before = provider.refreshes
            passed += provider.life * 1000
            provider.access.clear()
            mail.kill_connections(USER)
            await reaches(accounts, lambda view, n=before: provider.refreshes > n)  # type: ignore[misc]
            await reaches(accounts, state("connected"))
        assert set(await states(accounts)) == {"init", "connecting", "syncing", "connected", "disconnected"}
        assert provider.refreshes <= 8
