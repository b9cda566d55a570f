"""Signing in to the dashboard with OpenID Connect, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from tests.fakes.openid_provider import CLIENT, OpenIdProvider
from tests.web.dashboard.desk_site import SESSION, DeskAnswer, DeskSite, Operator, open_desk

START = "/dashboard/sign-in/openid"
BACK = "/dashboard/sign-in/openid/back"


@asynccontextmanager
async def with_provider(url: str, folder: Path, **more: Any) -> AsyncIterator[tuple[DeskSite, OpenIdProvider]]:
    """A dashboard whose people are at a provider."""
    async with OpenIdProvider() as provider:
        provider.claims = {"email_verified": True}
        id_, secret = CLIENT
        given = {"oidc_issuer": provider.url, "oidc_client_id": id_, "oidc_client_secret": secret}
        async with open_desk(url, folder, **{**given, "oidc_emails": "@example.test", **more}) as desk:
            if "service_url" not in more:
                await desk.gateway.desk.runtime.update({"serviceUrl": desk.base})
            yield desk, provider


async def consent(person: Operator, to: str = "/") -> str:
    """Begin, visit the provider, and return the path with which it sends the browser back."""
    begun = await person.open(f"{START}?to={to}")
    assert begun.status == 303, begun.text
    url = URL(begun.location, encoded=True)
    async with aiohttp.ClientSession() as http, http.get(url, allow_redirects=False) as answer:
        back = str(answer.headers["location"])
    assert back.startswith(person.base + BACK)
    return back.removeprefix(person.base)


async def sign_in(person: Operator, to: str = "/") -> DeskAnswer:
    return await person.open(await consent(person, to))


async def test_a_person_signs_in_and_is_named(sqlite_url: str, tmp_path: Path) -> None:
    async with with_provider(sqlite_url, tmp_path) as (desk, _), desk.stranger() as person:
        assert "Sign in with OpenID Connect" in (await person.open("/dashboard/sign-in")).text
        done = await sign_in(person, "/dashboard/profile")
        assert (done.status, done.location) == (303, "/dashboard/profile")
        profile = await person.open("/dashboard/profile")
        assert "someone@example.test" in profile.text
        assert "OpenID Connect" in profile.text


async def test_a_person_who_may_not_is_told(sqlite_url: str, tmp_path: Path) -> None:
    async with with_provider(sqlite_url, tmp_path, oidc_emails="@other.test") as (desk, _), desk.stranger() as person:
        refused = await sign_in(person)
        assert (refused.status, "someone@example.test may not use this dashboard" in refused.text) == (403, True)
        assert SESSION not in person.cookies


async def test_an_address_that_the_provider_has_not_verified_is_none(sqlite_url: str, tmp_path: Path) -> None:
    async with with_provider(sqlite_url, tmp_path) as (desk, provider), desk.stranger() as person:
        provider.claims = {}
        assert (await sign_in(person)).status == 403
        provider.claims = {"email_verified": "<b>yes</b>", "email": "<b>@example.test"}
        refused = await sign_in(person)
        assert (refused.status, "<b>" in refused.text) == (403, False)


async def test_another_browser_cannot_be_signed_in_with_a_planted_link(sqlite_url: str, tmp_path: Path) -> None:
    async with with_provider(sqlite_url, tmp_path) as (desk, _), desk.stranger() as attacker:
        link = await consent(attacker)
        async with desk.stranger() as victim:
            assert (await victim.open(link)).status == 403
            await victim.open(START)
            assert (await victim.open(link)).status == 403
            assert SESSION not in victim.cookies
        assert (await attacker.open(link)).status == 303
        # The answer of the provider works once.
        assert (await attacker.open(link)).status == 403


async def test_nobody_is_sent_to_another_site(sqlite_url: str, tmp_path: Path) -> None:
    async with with_provider(sqlite_url, tmp_path) as (desk, _), desk.stranger() as person:
        assert (await sign_in(person, "//evil.example")).location == "/"


async def test_a_person_who_declines_or_a_forged_answer(sqlite_url: str, tmp_path: Path) -> None:
    async with with_provider(sqlite_url, tmp_path) as (desk, _), desk.stranger() as person:
        for query in ("", "?error=access_denied", "?state=x&code=y", "?state=%ff&code=" + "x" * 9000):
            answer = await person.open(BACK + query)
            assert (answer.status, "Begin again" in answer.text) == (403, True)


async def test_over_tls_its_cookies_are_secure(sqlite_url: str, tmp_path: Path) -> None:
    url = "https://mail.example"
    async with with_provider(sqlite_url, tmp_path, service_url=url) as (desk, _), desk.stranger() as person:
        begun = await person.open(START)
        (line,) = [each for each in begun.headers.getall("set-cookie") if each.startswith("postroom_openid")]
        assert all(part in line for part in ("Secure", "HttpOnly", "SameSite=lax"))


async def test_without_a_provider_or_an_address_to_come_back_to(desk: DeskSite) -> None:
    async with desk.stranger() as person:
        assert (await person.open(START)).status == 404
        assert (await person.open(BACK)).status == 404


async def test_without_a_public_address_the_page_says_which_setting(sqlite_url: str, tmp_path: Path) -> None:
    async with with_provider(sqlite_url, tmp_path, service_url=None) as (desk, _), desk.stranger() as person:
        answer = await person.open(START)
        assert (answer.status, "POSTROOM_SERVICE_URL" in answer.text) == (403, True)
