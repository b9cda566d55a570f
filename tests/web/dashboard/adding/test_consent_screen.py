"""The way to an OAuth2 provider and back: a whole consent, begun in the dashboard, for a new account and an old one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import unquote, urlsplit

import aiohttp
import pytest
from yarl import URL

from postroom.accounts.model import AccountNotFound
from postroom.web.dashboard.adding import consent_screen
from tests.accounts.bodies import oauth2_body
from tests.fakes.openid_provider import OpenIdProvider
from tests.web.dashboard.adding.forms import USER
from tests.web.dashboard.desk_site import DeskAnswer, DeskSite, Operator
from tests.web.dashboard.visits import visit

FORM = {"email": USER, "name": "Jo", "account": "a", "imap.used": "1", "metadata": "team=blue"}


@pytest.fixture
async def provider(site: DeskSite) -> AsyncIterator[OpenIdProvider]:
    """A provider that is registered here."""
    async with OpenIdProvider() as running:
        await site.gateway.desk.apps.create(running.application(imap={"host": "imap.example.com", "port": 993}))
        await site.gateway.desk.runtime.update({"serviceUrl": site.base})
        yield running


async def through(person: Operator, page: DeskAnswer) -> DeskAnswer:
    """Go where the browser is sent: to the provider, which consents at once, and all the way back."""
    found = re.search(r'content="0; url=([^"]+)"', page.text)
    assert found, page.text
    started = await person.open(unescape(found[1]).removeprefix(person.base))
    async with (
        aiohttp.ClientSession() as http,
        http.get(URL(started.location, encoded=True), allow_redirects=False) as consented,
    ):
        back = urlsplit(consented.headers["Location"])
    came = await person.open(f"{back.path}?{back.query}")
    return await person.open(came.location.removeprefix(person.base)) if came.status == 302 else came


async def test_an_account_is_added_by_its_owner_signing_in(site: DeskSite, provider: OpenIdProvider) -> None:
    async with site.operator() as person:
        page = await person.press("/dashboard/accounts/add", {**FORM, "step": "consent:local"})
        done = await through(person, page)
        assert done.location == "/dashboard/accounts/a"
        assert "Jo was added" in unquote(done.headers["set-cookie"])
    view = await site.gateway.desk.accounts.get("a")
    oauth2 = view.settings.oauth2
    assert oauth2 is not None
    assert (view.row.name, view.metadata, oauth2.who.user) == ("Jo", {"team": "blue"}, USER)


async def test_another_person_is_noticed(site: DeskSite, provider: OpenIdProvider) -> None:
    provider.email_of[USER] = "mallory@example.test"
    async with site.operator() as person:
        page = await person.press("/dashboard/accounts/add", {**FORM, "step": "consent:local"})
        done = await through(person, page)
        assert "wait:mallory@example.test signed in" in unquote(done.headers["set-cookie"])


async def test_an_account_is_repaired_by_the_same_person_alone(site: DeskSite, provider: OpenIdProvider) -> None:
    desk = site.gateway.desk
    await desk.accounts.register("a", oauth2_body(USER, "local", metadata={"team": "blue"}))
    async with site.operator() as person:
        provider.email_of[USER] = "mallory@example.test"
        refused = await through(person, await person.press("/dashboard/accounts/a/consent"))
        assert refused.status == 400
        assert (await desk.accounts.preview("a", {})).oauth2.refresh_token.reveal() == "RRR"  # type: ignore[union-attr]
        del provider.email_of[USER]
        done = await through(person, await person.press("/dashboard/accounts/a/consent"))
        assert done.location == "/dashboard/accounts/a"
        assert "The sign-in was renewed" in unquote(done.headers["set-cookie"])
    after = await desk.accounts.preview("a", {})
    assert after.oauth2 is not None
    assert after.oauth2.refresh_token is not None
    assert after.oauth2.refresh_token.reveal() != "RRR"
    # Whom it is for was not made a setting of the account.
    assert after.expected_email is None
    assert (await desk.accounts.get("a")).metadata == {"team": "blue"}


async def test_the_way_back_needs_an_account(site: DeskSite) -> None:
    with pytest.raises(AccountNotFound):
        await consent_screen.come_back(site.gateway.desk, visit(query={"account": "nobody", "state": "new"}))
