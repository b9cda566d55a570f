"""Signing a person in with an OpenID provider: who comes back is proved, and each answer is for one browser, once."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.oauth2.person_sign_in import PersonSignIn, PersonUnknown, SignInDeparture
from postroom.oauth2.web import WebClient
from postroom.storage.sealing.secrets import SecretBox
from postroom.webhooks.delivery.egress import open_session
from tests.fakes.openid_provider import CLIENT, OpenIdProvider

BACK = "https://mail.example/dashboard/sign-in/openid/back"
BOX = SecretBox(("a secret for tests",))


class Clock:
    """A clock that can be set forward."""

    later = 0

    def __call__(self) -> int:
        return int(time.time() * 1000) + self.later


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with OpenIdProvider() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def people(provider: OpenIdProvider, clock: Clock) -> AsyncIterator[PersonSignIn]:
    web = WebClient(partial(open_session, AddressPolicy.ANY, 5, LOCALHOST))
    id_, secret = CLIENT
    yield PersonSignIn(issuer=provider.url, client_id=id_, client_secret=secret, web=web, box=BOX, clock=clock)
    await web.close()


async def visit(departure: SignInDeparture) -> dict[str, str]:
    """Visit the provider's page, which consents at once; return the query with which it sends the browser back."""
    async with aiohttp.ClientSession() as http, http.get(departure.url, allow_redirects=False) as answer:
        back = answer.headers["location"]
    assert back.startswith(f"{BACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


async def signed_in(people: PersonSignIn) -> Any:
    departure = await people.depart(BACK, "/dashboard/accounts")
    back = await visit(departure)
    return await people.come_back(departure.cookie, back["state"], back["code"], BACK)


async def why(people: PersonSignIn, cookie: str, state: str, code: str) -> str:
    with pytest.raises(PersonUnknown) as caught:
        await people.come_back(cookie, state, code, BACK)
    return str(caught.value)


async def test_a_person_signs_in(people: PersonSignIn, provider: OpenIdProvider) -> None:
    provider.claims = {"email_verified": True, "groups": ["a"]}
    returned = await signed_in(people)
    assert returned.wanted == "/dashboard/accounts"
    assert returned.claims["email"] == "someone@example.test"
    assert returned.claims["groups"] == ["a"]


async def test_what_is_asked_for(people: PersonSignIn) -> None:
    departure = await people.depart(BACK, "/")
    asked = parse_qs(urlsplit(departure.url).query)
    assert asked["scope"] == ["openid email profile"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["nonce"] != asked["state"]
    # The browser can neither read nor change what it brings back.
    assert asked["state"][0] not in departure.cookie
    assert departure.cookie not in repr(departure)


async def test_an_answer_is_for_one_browser_and_one_sign_in_and_once(people: PersonSignIn) -> None:
    one, other = await people.depart(BACK, "/"), await people.depart(BACK, "/")
    back = await visit(one)
    assert "blocks cookies" in await why(people, "", back["state"], back["code"])
    assert "blocks cookies" in await why(people, "v1.forged", back["state"], back["code"])
    assert "another sign-in" in await why(people, other.cookie, back["state"], back["code"])
    assert "another sign-in" in await why(people, one.cookie, "\ud800", back["code"])
    await people.come_back(one.cookie, back["state"], back["code"], BACK)
    assert "refused the sign-in (invalid_grant)" in await why(people, one.cookie, back["state"], back["code"])


async def test_the_code_of_another_sign_in_is_worth_nothing(people: PersonSignIn) -> None:
    """An attacker gives the victim a code of his own: PKCE and the nonce tell."""
    mine, his = await people.depart(BACK, "/"), await people.depart(BACK, "/")
    stolen, own = await visit(his), await visit(mine)
    assert "refused" in await why(people, mine.cookie, own["state"], stolen["code"])


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"nonce": "another"}, "belongs to another sign-in"),
        ({"aud": "another"}, "meant for another application"),
        ({"aud": [CLIENT[0], "x"], "azp": "x"}, "given to another application"),
        ({"iss": "https://evil.example"}, "from another issuer"),
        ({"exp": 1}, "has expired"),
    ],
)
async def test_an_id_token_that_proves_nothing(
    people: PersonSignIn, provider: OpenIdProvider, claims: dict[str, Any], words: str
) -> None:
    provider.claims = claims
    with pytest.raises(PersonUnknown, match=words):
        await signed_in(people)


async def test_a_person_who_takes_too_long_begins_again(people: PersonSignIn, clock: Clock) -> None:
    departure = await people.depart(BACK, "/")
    back = await visit(departure)
    clock.later = 601_000
    assert "too long" in await why(people, departure.cookie, back["state"], back["code"])


async def test_a_provider_that_does_not_answer(people: PersonSignIn, provider: OpenIdProvider) -> None:
    provider.named = {"issuer": "https://evil.example"}
    with pytest.raises(PersonUnknown, match="names another issuer"):
        await people.depart(BACK, "/")
