"""Who consented is believed only when the provider proves it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from postroom.oauth2.identity import IdentityUnknown, identity_of
from postroom.oauth2.model import App, GrantedTokens, Identity
from postroom.oauth2.web import WebClient
from tests.fakes.openid_provider import CLIENT, OpenIdProvider

USER, NONCE = "u1@example.test", "the nonce"


async def identity(web: WebClient, provider: OpenIdProvider, id_token: str | None, access: str = "t") -> Identity:
    app = App("a", "oidc", {"clientId": CLIENT[0], "discoveryUrl": provider.url}, 0, 0, {})
    now = int(time.time() * 1000)
    return await identity_of(web, app, GrantedTokens(access, 0, 1, id_token=id_token), NONCE, now)


async def test_a_signed_token_tells_address_and_name(provider: OpenIdProvider, web: WebClient) -> None:
    assert await identity(web, provider, provider.id_token(USER, NONCE)) == Identity(USER, "Somebody")
    several = provider.id_token(USER, NONCE, aud=["another", CLIENT[0]])
    assert (await identity(web, provider, several)).email == USER
    named = provider.id_token(USER, NONCE, email=None, preferred_username="jo@example.test", name=None)
    assert await identity(web, provider, named) == Identity("jo@example.test", None)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"aud": "another"}, "another application"),
        ({"iss": "https://other.example"}, "another issuer"),
        ({"exp": 1}, "has expired"),
        ({"exp": "never"}, "has expired"),
        ({"nonce": "another"}, "another sign-in"),
        ({"email": "nobody"}, "did not tell"),
        ({"email": None}, "did not tell"),
        ({"email": "a\x1b@b.test"}, "characters"),
    ],
)
async def test_a_claim_that_does_not_fit_proves_nothing(
    provider: OpenIdProvider, web: WebClient, claims: dict[str, Any], said: str
) -> None:
    nonce = claims.get("nonce", NONCE)
    claims = {name: value for name, value in claims.items() if name != "nonce"}
    with pytest.raises(IdentityUnknown, match=said):
        await identity(web, provider, provider.id_token(USER, nonce, **claims))


async def test_a_token_with_another_signature_proves_nothing(provider: OpenIdProvider, web: WebClient) -> None:
    head, body, signature = provider.id_token(USER, NONCE).split(".")
    forged = ".".join((head, body, signature[::-1]))
    for token in (forged, f"{head}.{body}.", "nothing"):
        with pytest.raises(IdentityUnknown, match="signature"):
            await identity(web, provider, token)


async def test_without_a_token_userinfo_is_asked_with_the_access_token(
    provider: OpenIdProvider, web: WebClient
) -> None:
    provider.access["good"] = (USER, time.time() + 60)
    assert (await identity(web, provider, None, "good")).email == USER
    with pytest.raises(IdentityUnknown, match="could not be asked"):
        await identity(web, provider, None, "bad")


async def test_a_provider_that_cannot_be_reached_proves_nothing(provider: OpenIdProvider, web: WebClient) -> None:
    provider.named = {"issuer": "https://other.example"}
    with pytest.raises(IdentityUnknown, match="could not be asked"):
        await identity(web, provider, provider.id_token(USER, NONCE))
