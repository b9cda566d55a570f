"""Registration by consent over HTTP: a browser, a real OpenID provider, and everything that must not pass."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from yarl import URL

from postroom.accounts.settings.writing import document_of
from postroom.words.strangers import WITHHELD
from tests.api.conftest import Client
from tests.fakes.openid_provider import CLIENT, OpenIdProvider
from tests.fakes.strangers import NASTY, UNFIT

USER = "u1@example.test"


class Browser:
    """Follows links one by one, with its own cookies."""

    def __init__(self) -> None:
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def open(self, url: str) -> tuple[int, str, str]:
        """Return the status, where it leads, and the text."""
        async with self.session.get(URL(url, encoded=True), allow_redirects=False) as response:
            return response.status, response.headers.get("Location", ""), await response.text()

    async def to_callback(self, link: str) -> str:
        """From the link over the provider's page to the URL the provider sends back to."""
        _, provider_page, _ = await self.open(link)
        return (await self.open(provider_page))[1]


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with OpenIdProvider() as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    made = Browser()
    yield made
    await made.session.close()


async def link_of(client: Client, provider: OpenIdProvider, **more: Any) -> str:
    """Ask for an account by consent; return the link."""
    server = {"host": "imap.example.com", "port": 993}
    await client.post("/v1/oauth2", provider.application(imap=server))
    await client.post("/v1/settings", {"serviceUrl": client.base})
    oauth2 = {
        "provider": "local",
        "authorize": True,
        "redirectUrl": "https://app.example/done?x=1",
        "auth": {"user": USER},
    }
    answer = await client.post("/v1/account", {"account": "a", "name": "A", "oauth2": oauth2, **more})
    assert answer.status == 200, answer.text
    assert (await client.get("/v1/account/a")).status == 404
    return str(answer.body["redirect"])


async def test_a_consent_registers_the_account(
    either_client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    client = either_client
    back = await browser.to_callback(await link_of(client, provider, expectedEmail=USER.upper()))
    status, onward, _ = await browser.open(back)
    assert (status, onward) == (302, "https://app.example/done?x=1&account=a&state=new")
    shown = (await client.get("/v1/account/a")).body
    assert (shown["email"], shown["type"], shown["oauth2"]["auth"]) == (USER, "local", {"user": USER})
    assert (shown["oauth2"]["accessToken"], shown["oauth2"]["refreshToken"]) == ("******", "******")
    assert not {"authorize", "redirectUrl"} & set(shown["oauth2"])
    full = document_of(await client.api.accounts.preview("a", {}))
    assert full["oauth2"]["accessToken"] in provider.access

    # A second use of the same state is refused.
    assert (await browser.open(back))[0] == 400


async def test_a_second_consent_of_an_account_updates_it(
    client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    await browser.open(await browser.to_callback(await link_of(client, provider)))
    oauth2 = {"provider": "local", "authorize": True, "redirectUrl": "https://app.example/", "auth": {"user": USER}}
    link = (await client.post("/v1/account", {"account": "a", "name": "B", "oauth2": oauth2})).body["redirect"]
    _, onward, _ = await browser.open(await browser.to_callback(link))
    assert parse_qs(urlsplit(onward).query) == {"account": ["a"], "state": ["existing"]}


async def test_a_failed_consent_is_told_in_the_language_of_the_reader(
    client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    browser.session.headers["Accept-Language"] = "de"
    link = await link_of(client, provider, expectedEmail="jo@example.test")
    _, _, text = await browser.open(await browser.to_callback(link))
    assert f"Sie haben sich als {USER} angemeldet, aber dieser Link gilt für jo@example.test." in text
    assert "You signed in" not in text


async def test_another_browser_may_not_come_back(client: Client, provider: OpenIdProvider, browser: Browser) -> None:
    back = await browser.to_callback(await link_of(client, provider))
    other = Browser()
    status, _, text = await other.open(back)
    await other.session.close()
    assert (status, "another browser" in text) == (400, True)
    assert (await client.get("/v1/account/a")).status == 404
    assert (await browser.open(back))[0] == 302


async def test_another_identity_is_refused_and_its_grant_given_back(
    client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    provider.email_of[USER] = "mallory@example.test"
    back = await browser.to_callback(await link_of(client, provider, expectedEmail=USER))
    status, _, text = await browser.open(back)
    assert (status, "mallory@example.test" in text, "Begin again" in text) == (400, True, True)
    assert (await client.get("/v1/account/a")).status == 404
    assert len(provider.revoked) == 1


async def test_missing_scopes_are_named_and_nothing_is_stored(
    client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    link = await link_of(client, provider)
    await client.put("/v1/oauth2/local", {"extraScopes": ["mail.read", "mail.send"]})
    provider.scopes = "openid email mail.send"
    status, _, text = await browser.open(await browser.to_callback(link))
    assert (status, "lacks what is needed: mail.read." in text, "Begin again" in text) == (400, True, True)
    assert (await client.get("/v1/account/a")).status == 404
    assert len(provider.revoked) == 1


async def test_a_consent_that_has_expired_or_never_was(
    client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    link = await link_of(client, provider)
    back = await browser.to_callback(link)
    late = client.api.registrations.consents.clock() + 86_400_001
    object.__setattr__(client.api.registrations.consents, "clock", lambda: late)
    for url in (link, back, f"{client.base}/oauth?state=account:add:x&code=y", f"{client.base}/oauth"):
        status, _, text = await browser.open(url)
        assert (status, "expired or was used" in text) == (400, True)


async def test_a_refusal_of_the_provider_is_shown_and_escaped(
    client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    link = await link_of(client, provider)
    await browser.open(link)
    state = link.partition("state=")[2]
    status, _, text = await browser.open(f"{client.base}/oauth?state={state}&error=access_denied%3Cscript%3E")
    assert status == 400
    assert "access_denied&lt;script&gt;" in text


async def test_the_access_token_can_be_read_if_the_operator_allows_it(
    client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    await browser.open(await browser.to_callback(await link_of(client, provider)))
    path = "/v1/account/a/oauth-token"
    answer = await client.get(path)
    assert (answer.status, answer.body["code"]) == (403, "ApiEndpointDisabled")
    await client.post("/v1/settings", {"enableOAuthTokensApi": True})
    first = (await client.get(path)).body
    assert first["accessToken"] in provider.access
    assert (first["user"], first["app"], first["provider"], first["cached"]) == (USER, "local", "oidc", True)
    await client.put("/v1/account/a", {"oauth2": {"partial": True, "expires": "2020-01-01T00:00:00Z"}})
    second = (await client.get(path)).body
    assert (second["cached"], second["accessToken"] in provider.access) == (False, True)

    provider.revoke_grants()
    await client.put("/v1/account/a", {"oauth2": {"partial": True, "expires": "2020-01-01T00:00:00Z"}})
    refused = await client.get(path)
    assert (refused.status, refused.body["code"], refused.body["authenticationFailed"]) == (
        403,
        "OauthRenewError",
        True,
    )
    await client.register("plain")
    plain = await client.get("/v1/account/plain/oauth-token")
    assert (plain.status, plain.body["code"]) == (403, "AccountNotOAuth2")


async def test_a_removal_gives_the_grant_back_if_asked(
    client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    await browser.open(await browser.to_callback(await link_of(client, provider)))
    token = document_of(await client.api.accounts.preview("a", {}))["oauth2"]["refreshToken"]
    assert (await client.delete("/v1/account/a?revoke=true")).status == 200
    assert provider.revoked == [token]


async def test_what_a_consent_needs_before_it_can_begin(client: Client) -> None:
    oauth2 = {"provider": "gmail", "authorize": True}
    body = {"account": "a", "name": "A", "oauth2": oauth2}
    assert set(await client.problems("POST", "/v1/account", body)) == {"oauth2.provider"}
    await client.post("/v1/oauth2", {"name": "G", "provider": "gmail", "clientId": "i", "clientSecret": "s"})
    assert set(await client.problems("POST", "/v1/account", body)) == {"oauth2.authorize"}


async def test_a_mailbox_that_another_account_has(client: Client, provider: OpenIdProvider, browser: Browser) -> None:
    await browser.open(await browser.to_callback(await link_of(client, provider)))
    oauth2 = {"provider": "local", "authorize": True, "auth": {"user": USER}}
    link = (await client.post("/v1/account", {"account": "b", "name": "B", "oauth2": oauth2})).body["redirect"]
    status, _, text = await browser.open(await browser.to_callback(link))
    assert (status, "connected already" in text) == (409, True)
    assert (await client.get("/v1/account/b")).status == 404


async def test_a_consent_that_leads_nowhere_ends_on_a_page(
    client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    await link_of(client, provider)
    oauth2 = {"provider": "local", "authorize": True, "auth": {"user": USER}}
    link = (await client.post("/v1/account", {"account": "b", "name": "B", "oauth2": oauth2})).body["redirect"]
    status, _, text = await browser.open(await browser.to_callback(link))
    assert (status, "You may close this page." in text) == (200, True)


async def test_a_link_goes_with_the_account_it_was_for(
    client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    link = await link_of(client, provider)
    await client.register("a")
    callback = await browser.to_callback(link)
    await client.delete("/v1/account/a")
    await client.register("a")
    for url in (link, callback):
        status, where, _ = await browser.open(url)
        assert (status, where) == (400, "")
    assert (await client.get("/v1/account/a")).body["name"] == "John Doe"


async def test_what_a_provider_says_on_the_way_back_commands_nothing(
    client: Client, provider: OpenIdProvider, browser: Browser
) -> None:
    back = await browser.to_callback(await link_of(client, provider))
    state = parse_qs(urlsplit(back).query)["state"][0]
    for said, shown in ((f"<b>{NASTY}", "<b> ]0;owned red clear"), (CLIENT[1], WITHHELD)):
        query = urlencode({"state": state, "error": "access_denied", "error_description": said})
        status, _, page = await browser.open(f"{urlsplit(back)._replace(query=query).geturl()}")
        assert (status, shown in html.unescape(page), "<b>" in page) == (400, True, False), page
        assert not UNFIT.search(page)
        back = await browser.to_callback(await link_of(client, provider))
        state = parse_qs(urlsplit(back).query)["state"][0]
