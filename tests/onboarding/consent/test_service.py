"""Registration by consent, without pages: the link, the way to the provider, and the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from yarl import URL

from postroom.accounts.model import AccountNotFound, InvalidAccount
from postroom.accounts.service import Accounts
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.writing import document_of
from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.http.http_session import open_session
from postroom.credentials.access_tokens import AccessTokens
from postroom.oauth2.apps import Apps
from postroom.oauth2.model import App, GrantedTokens
from postroom.oauth2.web import WebClient
from postroom.onboarding.consent.asked import Asked, Visit
from postroom.onboarding.consent.service import LIFE_MS, ConsentFailed, Consents, Finished, Started
from postroom.storage.sealing.secrets import SecretBox
from tests.fakes.databases import opened
from tests.fakes.openid_provider import OpenIdProvider, failure

USER = "u1@example.test"


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with OpenIdProvider() as running:
        yield running


@pytest.fixture
async def consents(sqlite_url: str, provider: OpenIdProvider) -> AsyncIterator[Consents]:
    """Consents of an installation where the provider is registered."""
    box = SecretBox(("a secret for tests",))
    async with opened(sqlite_url) as db:
        accounts, apps, runtime = Accounts(db, box), Apps(db, box), RuntimeSettings(db, box)
        web = WebClient(partial(open_session, AddressPolicy.ANY, 5, LOCALHOST), timeout=30)
        await apps.create(provider.application(imap={"host": "imap.example.com", "port": 993}))
        await runtime.update({"serviceUrl": "https://mail.example"})
        access = AccessTokens(db=db, accounts=accounts, apps=apps, web=web)
        yield Consents(db=db, box=box, accounts=accounts, apps=apps, web=web, runtime=runtime, access=access)
        await web.close()


def body(**more: Any) -> dict[str, Any]:
    return {"name": "A", "oauth2": {"provider": "local", "authorize": True, "auth": {"user": USER}}, **more}


def state_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["state"][0]


async def code_of(started: Started) -> str:
    """Consent at the provider, as the browser does it."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(URL(started.url, encoded=True), allow_redirects=False) as answer,
    ):
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


async def consented(consents: Consents, link: str) -> Finished:
    started = await consents.start(state_of(link))
    return await consents.finish(state_of(link), started.cookie, await code_of(started), None)


async def failed(consents: Consents, link: str, **came: Any) -> ConsentFailed:
    """The failure of a browser that comes back, in whichever way `came` says."""
    started = await consents.start(state_of(link))
    back = {"cookie": started.cookie, "code": "unset", "error": None, **came}
    code = await code_of(started) if back["code"] == "unset" else back["code"]
    with pytest.raises(ConsentFailed) as caught:
        await consents.finish(state_of(link), back["cookie"], code, back["error"])
    return caught.value


async def test_nothing_is_registered_before_the_consent_and_all_of_it_after(
    consents: Consents, provider: OpenIdProvider
) -> None:
    link = await consents.begin("a", body())
    assert link.startswith("https://mail.example/oauth/start?state=account%3Aadd%3A")
    with pytest.raises(AccountNotFound):
        await consents.accounts.get("a")
    assert await consented(consents, link) == Finished("a", True, None)
    full = document_of(await consents.accounts.preview("a", {}))
    assert (await consents.accounts.get("a")).row.email == USER
    assert full["oauth2"]["accessToken"] in provider.access
    assert not {"authorize", "redirectUrl"} & full["oauth2"].keys()


async def test_the_provider_is_asked_for_a_proof_and_told_whom_to_expect(consents: Consents) -> None:
    started = await consents.start(state_of(await consents.begin("a", body(), hint="jo@example.test")))
    asked = {name: value[0] for name, value in parse_qs(urlsplit(started.url).query).items()}
    assert (asked["login_hint"], asked["code_challenge_method"]) == ("jo@example.test", "S256")
    assert asked["redirect_uri"] == "https://mail.example/oauth"
    assert started.secure
    assert started.cookie not in started.url


async def test_a_link_is_used_up_by_its_registration(consents: Consents) -> None:
    link = await consents.begin("a", body())
    await consented(consents, link)
    with pytest.raises(ConsentFailed) as caught:
        await consents.start(state_of(link))
    assert caught.value.cause == "expired"


async def test_the_browser_comes_back_once_and_it_is_the_one_that_was_sent(consents: Consents) -> None:
    link = await consents.begin("a", body())
    assert (await failed(consents, link, cookie="another")).cause == "browser"
    assert (await failed(consents, link, cookie=None)).cause == "browser"
    started = await consents.start(state_of(link))
    code = await code_of(started)
    with pytest.raises(ConsentFailed):
        await consents.finish(state_of(link), started.cookie, None, "denied")
    with pytest.raises(ConsentFailed) as caught:
        await consents.finish(state_of(link), started.cookie, code, None)
    assert caught.value.cause == "used"


async def test_whoever_does_not_agree_may_begin_again(consents: Consents) -> None:
    link = await consents.begin("a", body())
    refused = await failed(consents, link, code=None, error="access_denied")
    assert (refused.cause, refused.said, refused.retry) == ("refused", "access_denied", link)
    assert (await consented(consents, link)).account == "a"


async def test_a_code_that_gives_no_token_is_told(consents: Consents, provider: OpenIdProvider) -> None:
    provider.next_answers(failure(400, "invalid_grant"))
    assert (await failed(consents, await consents.begin("a", body()))).cause == "no_token"


async def test_another_person_is_refused_and_the_grant_given_back(consents: Consents, provider: OpenIdProvider) -> None:
    provider.email_of[USER] = "mallory@example.test"
    refused = await failed(consents, await consents.begin("a", body(expectedEmail=USER)))
    assert (refused.cause, refused.values) == ("other_person", {"email": "mallory@example.test", "expected": USER})
    assert len(provider.revoked) == 1
    with pytest.raises(AccountNotFound):
        await consents.accounts.get("a")


async def test_an_account_that_is_there_keeps_whom_it_expects(consents: Consents, provider: OpenIdProvider) -> None:
    await consented(consents, await consents.begin("a", body(expectedEmail=USER)))
    provider.email_of[USER] = "mallory@example.test"
    assert (await failed(consents, await consents.begin("a", body()))).cause == "other_person"


async def test_a_consent_that_lacks_a_scope_is_refused_before_anybody_is_asked(consents: Consents) -> None:
    gmail, tokens = App("g", "gmail", {"clientId": "c"}, 0, 0, {}), GrantedTokens("t", 0, 1, scopes=("openid",))
    assert gmail.provider.needed
    with pytest.raises(ConsentFailed) as caught:
        await consents._examine(gmail, Asked("a", {}), Visit("", "", ""), tokens, 0)
    assert (caught.value.cause, caught.value.values) == ("scopes", {"names": ", ".join(sorted(gmail.provider.needed))})


async def test_a_link_ends_after_a_day_or_sooner(consents: Consents) -> None:
    for until, end in ((None, LIFE_MS), (now_ms() + 1000, 1000)):
        link = await consents.begin("a", body(), until=until)
        late = replace(consents, clock=partial(lambda end: now_ms() + end + 1, end))
        with pytest.raises(ConsentFailed) as caught:
            await late.start(state_of(link))
        assert caught.value.cause == "expired"


async def test_what_was_kept_under_a_lost_key_is_lost(consents: Consents) -> None:
    link = await consents.begin("a", body())
    with pytest.raises(ConsentFailed, match="lost"):
        await replace(consents, box=SecretBox(("another",))).start(state_of(link))


async def test_an_application_that_is_gone_is_told(consents: Consents) -> None:
    link = await consents.begin("a", body())
    await consents.apps.remove("local")
    with pytest.raises(ConsentFailed) as caught:
        await consents.start(state_of(link))
    assert caught.value.cause == "app_gone"


async def test_without_a_way_back_nothing_is_begun(consents: Consents) -> None:
    await consents.runtime.update({"serviceUrl": None})
    with pytest.raises(InvalidAccount) as caught:
        await consents.begin("a", body())
    assert [problem.key for problem in caught.value.problems] == ["oauth2.authorize"]
    with pytest.raises(InvalidAccount):
        await consents.begin("a", {"oauth2": {"provider": "none"}})


async def test_the_browser_is_sent_on_with_what_became_of_it(consents: Consents) -> None:
    asked = body()
    asked["oauth2"]["redirectUrl"] = "https://app.example/done?x=1"
    done = await consented(consents, await consents.begin("a", asked))
    assert done.redirect_url == "https://app.example/done?x=1&account=a&state=new"
    again = await consented(consents, await consents.begin("a", asked))
    assert not again.created
    assert str(again.redirect_url).endswith("state=existing")


async def test_a_grant_is_given_back_with_the_account(consents: Consents, provider: OpenIdProvider) -> None:
    await consented(consents, await consents.begin("a", body()))
    settings = await consents.accounts.preview("a", {})
    full = document_of(settings)
    grant = await consents.grant_of(settings)
    assert grant is not None
    assert full["oauth2"]["refreshToken"] not in repr(grant)
    assert await consents.give_back(grant)
    assert provider.revoked == [full["oauth2"]["refreshToken"]]
    assert await consents.grant_of(settings_of({"oauth2": False})) is None
    assert await consents.grant_of(settings_of({"oauth2": {"provider": "local"}})) is None
