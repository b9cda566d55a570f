"""Where an authorization server is, by what it tells of itself."""

from __future__ import annotations

import pytest

from postroom.oauth2.discovery import endpoints_of
from postroom.oauth2.model import App
from postroom.oauth2.web import NoAnswer, WebClient
from tests.fakes.openid_provider import OpenIdProvider


def oidc(url: str) -> App:
    return App("a", "oidc", {"clientId": "c", "discoveryUrl": url}, 0, 0, {})


async def test_a_known_provider_is_not_asked(web: WebClient) -> None:
    found = await endpoints_of(web, App("a", "gmail", {"clientId": "c"}, 0, 0, {}))
    assert found.token.startswith("https://oauth2.googleapis.com/")


@pytest.mark.parametrize("ending", ["", "/", "/.well-known/openid-configuration"])
async def test_a_provider_is_found_by_its_issuer_or_its_document(
    provider: OpenIdProvider, web: WebClient, ending: str
) -> None:
    found = await endpoints_of(web, oidc(provider.url + ending))
    assert (found.authorize, found.token, found.revoke, found.userinfo, found.issuer, found.jwks) == (
        f"{provider.url}/authorize",
        f"{provider.url}/token",
        f"{provider.url}/revoke",
        f"{provider.url}/userinfo",
        provider.url,
        f"{provider.url}/jwks",
    )


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"issuer": "https://other.example"}, "another issuer"),
        ({"token_endpoint": "file:///etc/passwd"}, "no web address"),
        ({"jwks_uri": "nothing"}, "no web address"),
        ({"token_endpoint": None}, "lacks its endpoints"),
        ({"authorization_endpoint": 5}, "lacks its endpoints"),
    ],
)
async def test_a_document_that_could_mislead_is_refused(
    provider: OpenIdProvider, web: WebClient, named: dict[str, str], said: str
) -> None:
    provider.named = named
    with pytest.raises(NoAnswer, match=said) as caught:
        await endpoints_of(web, oidc(provider.url))
    assert caught.value.code == "EDISCOVERY"


async def test_a_document_that_is_not_there_is_told_with_its_status(provider: OpenIdProvider, web: WebClient) -> None:
    with pytest.raises(NoAnswer, match="status 404"):
        await endpoints_of(web, oidc(f"{provider.url}/elsewhere"))
