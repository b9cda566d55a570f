"""Access tokens against a real OpenID provider: renewed once, never lost, and every answer judged rightly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import AccountSettings, OAuth2Settings
from postroom.accounts.settings.writing import masked
from postroom.clock import iso, now_ms
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.credentials.access_tokens import AccessTokens
from postroom.oauth2.apps import Apps
from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable
from postroom.oauth2.web import WebClient
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.webhooks.delivery.egress import open_session
from tests.fakes.openid_provider import OpenIdProvider, failure, slow
from tests.fakes.waiting import eventually

BOX = SecretBox(("secret",))
USER = "u1@example.test"
TOO_LATE = slow(2)


class World:
    """A provider, an account of it, and as many nodes as a test wants."""

    def __init__(self, db: Database, provider: OpenIdProvider) -> None:
        self.db = db
        self.provider = provider
        self.accounts = Accounts(db, BOX)
        self.apps = Apps(db, BOX)
        self.webs: list[WebClient] = []
        self.counted: list[tuple[str, str]] = []

    def node(self, *, patience: float = 30.0) -> AccessTokens:
        """Another process: it shares nothing with the others but the database."""
        web = WebClient(partial(open_session, AddressPolicy.ANY, 5, LOCALHOST), timeout=patience)
        self.webs.append(web)
        return AccessTokens(
            db=self.db,
            accounts=Accounts(self.db, BOX),
            apps=Apps(self.db, BOX),
            web=web,
            count_renewal=lambda *told: self.counted.append(told),
        )

    async def register(self, account: str = "a", **oauth2: Any) -> AccountSettings:
        """An account with a refresh token, and with more or other fields."""
        block = {
            "provider": "local",
            "auth": {"user": USER},
            "refreshToken": self.provider.grant(USER),
            **oauth2,
        }
        await self.accounts.register(account, {"name": "A", "oauth2": block})
        return await self.full(account)

    async def full(self, account: str = "a") -> AccountSettings:
        """What is stored, secrets in place."""
        return await self.accounts.preview(account, {})


def oauth2(settings: AccountSettings) -> OAuth2Settings:
    assert settings.oauth2 is not None
    return settings.oauth2


def token(settings: AccountSettings) -> str:
    found = oauth2(settings).access_token
    return found.reveal() if found is not None else ""


@pytest.fixture
async def world(db: Database) -> AsyncIterator[World]:
    async with OpenIdProvider() as provider:
        made = World(db, provider)
        await made.apps.create(provider.application(imap={"host": "127.0.0.1", "port": 993}))
        yield made
        for web in made.webs:
            await web.close()


async def test_a_missing_token_is_fetched_and_stored_with_the_rotated_refresh_token(world: World) -> None:
    before = await world.register()
    prepared = await world.node().prepare("a", before)
    stored = await world.full()
    assert prepared.settings == stored
    assert token(stored) in world.provider.access
    assert oauth2(stored).refresh_token != oauth2(before).refresh_token
    shown = masked((await world.accounts.get("a")).settings)
    assert (shown["oauth2"]["accessToken"], shown["oauth2"]["refreshToken"]) == ("******", "******")


async def test_a_renewal_restarts_no_runner_and_is_no_change_of_the_caller(world: World) -> None:
    full = await world.register()
    before = (await world.accounts.get("a")).row
    await world.node().prepare("a", full)
    after = (await world.accounts.get("a")).row
    assert (after.revision, after.version) == (before.revision, before.version)


async def test_twenty_needs_in_three_processes_make_one_request(world: World) -> None:
    full = await world.register()
    world.provider.delay = 0.1
    nodes = [world.node() for _ in range(3)]
    prepared = await asyncio.gather(*[nodes[n % 3].prepare("a", full) for n in range(20)])
    assert world.provider.refreshes == 1
    assert len({token(each.settings) for each in prepared}) == 1


async def test_a_good_token_is_used_as_it_is(world: World) -> None:
    full = await world.register(accessToken="mine", expires=iso(now_ms() + 3_600_000))
    assert token((await world.node().prepare("a", full)).settings) == "mine"
    assert world.provider.refreshes == 0


async def test_a_refused_token_is_replaced_once_and_others_take_the_new_one(world: World) -> None:
    full = await world.register(accessToken="mine", expires=iso(now_ms() + 3_600_000))
    first, second = world.node(), world.node()
    one = await first.prepare("a", full, refused=Secret("mine"))
    two = await second.prepare("a", full, refused=Secret("mine"))
    assert token(one.settings) == token(two.settings) != "mine"
    assert world.provider.refreshes == 1


@pytest.mark.long
@pytest.mark.parametrize(
    "answer",
    [
        failure(500),
        failure(503),
        failure(429),
        failure(200),
        failure(400),
        failure(503, "temporarily_unavailable"),
        failure(400, "temporarily_unavailable"),
        failure(200, text=""),
        failure(200, "temporarily_unavailable"),
        TOO_LATE,
    ],
)
async def test_what_says_nothing_of_the_grant_is_transient_and_a_token_that_lives_goes_on(
    world: World, answer: Any
) -> None:
    full = await world.register(accessToken="mine", expires=iso(now_ms() + 60_000))
    world.provider.next_answers(answer, answer)
    node = world.node(patience=0.5 if answer is TOO_LATE else 30.0)
    assert token((await node.prepare("a", full)).settings) == "mine"
    with pytest.raises(TokenUnavailable) as caught:
        await node.prepare("a", full, refused=Secret("mine"))
    assert caught.value.request["grant"] == "refresh_token"
    fresh = await world.node().prepare("a", full, refused=Secret("mine"))
    assert token(fresh.settings) in world.provider.access


async def test_a_provider_that_is_away_is_transient(world: World) -> None:
    full = await world.register()
    await world.apps.update("local", {"discoveryUrl": "http://127.0.0.1:1"})
    with pytest.raises(TokenUnavailable) as caught:
        await world.node().prepare("a", full)
    assert caught.value.code == "ECONNREFUSED"


async def test_a_revoked_grant_is_refused_without_secrets_in_what_is_told(world: World) -> None:
    full = await world.register()
    world.provider.revoke_grants()
    with pytest.raises(OAuthTokenRefused) as caught:
        await world.node().prepare("a", full)
    told = caught.value.request
    assert (told["status"], told["grant"], told["provider"]) == (400, "refresh_token", "oidc")
    assert told["response"]["error"] == "invalid_grant"
    text = f"{told}{caught.value}"
    granted = oauth2(full).refresh_token
    assert granted is not None
    assert granted.reveal() not in text
    assert "the client secret" not in text
    assert world.provider.refreshes == 1


async def test_each_request_is_counted_by_what_became_of_it(world: World) -> None:
    full = await world.register()
    await asyncio.gather(*(world.node().prepare("a", full) for _ in range(3)))
    assert world.counted == [("oidc", "success")]
    world.provider.next_answers(failure(503, "temporarily_unavailable"))
    held = oauth2(await world.full()).access_token
    with pytest.raises(TokenUnavailable):
        await world.node().prepare("a", await world.full(), refused=held)
    world.provider.revoke_grants()
    with pytest.raises(OAuthTokenRefused):
        await world.node().prepare("a", await world.full(), refused=held)
    assert world.counted[1:] == [("oidc", "failed"), ("oidc", "refused")]


async def test_a_code_in_the_body_of_a_success_is_a_verdict(world: World) -> None:
    full = await world.register()
    world.provider.next_answers(failure(200, "invalid_grant"))
    with pytest.raises(OAuthTokenRefused) as caught:
        await world.node().prepare("a", full)
    assert (caught.value.error, caught.value.request["status"]) == ("invalid_grant", 200)


async def test_a_refused_grant_counts_only_if_nobody_sent_a_new_one_meanwhile(world: World) -> None:
    full = await world.register(refreshToken="ended long ago")
    world.provider.answers.clear()
    waiting = asyncio.get_running_loop().create_task(world.node().prepare("a", full))
    await eventually(lambda: world.provider.token_requests)
    good = world.provider.grant(USER)
    await world.accounts.update("a", {"oauth2": {"partial": True, "refreshToken": good}})
    world.provider.answers.set()
    prepared = await waiting
    assert token(prepared.settings) in world.provider.access
    assert [request["refresh_token"] for request in world.provider.token_requests] == ["ended long ago", good]


async def test_a_caller_who_goes_away_does_not_lose_the_rotated_token(world: World) -> None:
    full = await world.register()
    world.provider.answers.clear()
    waiting = asyncio.get_running_loop().create_task(world.node().prepare("a", full))
    await eventually(lambda: world.provider.token_requests)
    waiting.cancel()
    world.provider.answers.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    stored = await world.full()
    assert token(stored) in world.provider.access
    assert (await world.node().prepare("a", full)).settings == stored
    assert world.provider.refreshes == 1


async def test_an_account_that_is_gone_says_so(world: World) -> None:
    full = await world.register()
    await world.accounts.remove("a")
    with pytest.raises(AccountNotFound):
        await world.node().prepare("a", full)


async def test_what_cannot_be_renewed_is_left_as_it_is(world: World) -> None:
    full = await world.register(accessToken="mine", refreshToken=None)
    prepared = await world.node().prepare("a", full, refused=Secret("mine"))
    assert (prepared.renewable, token(prepared.settings)) == (False, "mine")
