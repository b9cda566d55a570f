"""The hosted sign-in as people meet it: a real browser without JavaScript, the real gateway, a real Dovecot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, expect

from tests.fakes.openid_provider import OpenIdProvider
from tests.flows.gateway import Gateway
from tests.live.chromium import Tab, browsing
from tests.live.dovecot import Dovecot

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Nobody can publish servers for it, and nobody is asked about it.
EMAIL = "jo@localhost"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """A gateway whose people may name servers on this machine."""
    folder = tmp_path_factory.mktemp("sign-in")
    async with Gateway(folder, sign_in_private_addresses="true") as running:
        await running.ask("POST", "/v1/settings", {"serviceUrl": running.url, "pageBrandName": "Ada & Söhne"})
        yield running
        assert [line for line in running.log if "page failed" in line or "Traceback" in line] == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def program() -> AsyncIterator[str]:
    """The page of the program that asked for the mailbox; it sends browsers on to another host, as programs do."""

    async def connected(request: web.Request) -> web.Response:
        onward = f"http://localhost:{request.url.port}/welcome?{request.query_string}"
        return web.Response(status=302, headers={"Location": onward})

    async def welcome(_request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Welcome back</title>", content_type="text/html")

    application = web.Application()
    application.add_routes([web.get("/connected", connected), web.get("/welcome", welcome)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/connected"
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def tab(chromium: Browser) -> AsyncIterator[Tab]:
    """A browser on a desk, without JavaScript; its console must stay empty."""
    async with browsing(chromium) as opened:
        yield opened
        assert opened.complaints == []


async def link(gateway: Gateway, program: str, **more: Any) -> str:
    answer = await gateway.ask("POST", "/v1/authentication/form", {"redirectUrl": program, **more})
    return str(answer["url"])


async def fill_servers(tab: Tab, dovecot: Dovecot, password: str) -> None:
    await tab.page.get_by_label("Server").first.fill("localhost")
    await tab.page.get_by_label("Port").first.fill(str(dovecot.port))
    await tab.page.get_by_label("Security").first.select_option("STARTTLS")
    await tab.page.get_by_label("Password").fill(password)
    await tab.page.get_by_role("button", name="Connect").click()


async def came_back(tab: Tab) -> dict[str, list[str]]:
    await tab.page.wait_for_url("**/welcome?**")
    assert await tab.page.title() == "Welcome back"
    return parse_qs(urlsplit(tab.page.url).query)


async def test_a_password_first_wrong_then_right(gateway: Gateway, program: str, tab: Tab, dovecot: Dovecot) -> None:
    dovecot.set_password(EMAIL, "correct horse")
    await tab.page.goto(await link(gateway, program, account="by-password"))
    assert await tab.page.title() == "Connect your mailbox · Ada & Söhne"
    await tab.page.get_by_role("button", name="Continue").click()
    address = tab.page.get_by_label("E-mail address")
    await expect(address).to_have_attribute("aria-invalid", "true")
    problem = tab.page.locator(f"#{(await address.get_attribute('aria-describedby') or '').split()[-1]}")
    assert await problem.inner_text() == "Enter your e-mail address."

    await address.fill(EMAIL)
    await tab.page.get_by_label("Your name").fill("Jo <b>Example</b>")
    await tab.page.keyboard.press("Enter")
    await tab.page.get_by_text("We could not find your mail servers.").wait_for()

    await fill_servers(tab, dovecot, "wrong horse")
    await tab.page.get_by_role("alert").get_by_text("User name or password is wrong.").wait_for()
    assert await tab.page.get_by_label("Password").input_value() == ""
    assert await tab.page.get_by_label("Server").first.input_value() == "localhost"
    assert "wrong horse" not in await tab.page.content()

    await tab.page.get_by_label("Password").fill("correct horse")
    await tab.page.keyboard.press("Enter")
    assert await came_back(tab) == {"account": ["by-password"], "state": ["new"]}
    details = await gateway.reaches("by-password", "connected")
    assert (details["name"], details["email"]) == ("Jo <b>Example</b>", EMAIL)
    assert "horse" not in "\n".join(gateway.log)


async def test_a_link_that_was_used(gateway: Gateway, program: str, tab: Tab, dovecot: Dovecot) -> None:
    url = await link(gateway, program, account="used", email="used@localhost", type="imap")
    await tab.page.goto(url)
    await tab.page.get_by_role("button", name="Continue").click()
    await fill_servers(tab, dovecot, dovecot.password)
    await came_back(tab)
    answer = await tab.page.goto(url)
    assert answer is not None
    assert answer.status == 410
    assert await tab.page.locator("h1").inner_text() == "This link was used already"


async def test_a_provider_by_choice_and_by_type(gateway: Gateway, program: str, tab: Tab) -> None:
    async with OpenIdProvider() as provider:
        server = {"host": "imap.example.com", "port": 993}
        application = provider.application(imap=server, enabled=True, title="Sign in with Example")
        await gateway.ask("POST", "/v1/oauth2", application)
        await tab.page.goto(await link(gateway, program, account="by-consent"))
        await tab.page.get_by_role("link", name="Sign in with Example").click()
        assert await came_back(tab) == {"account": ["by-consent"], "state": ["new"]}
        details = await gateway.get("by-consent")
        assert (details["type"], details["email"], details["name"]) == ("local", "someone@example.test", "Somebody")

        # Straight there, to the same account; the provider is told whom to expect.
        again = await link(gateway, program, account="by-consent", expectedEmail="someone@example.test", type="local")
        await tab.page.goto(again)
        assert await came_back(tab) == {"account": ["by-consent"], "state": ["existing"]}

        # Somebody else signs in: refused before anything is stored, and the link can be tried again.
        provider.email_of["jane@example.test"] = "eve@example.test"
        other = await link(gateway, program, account="other", expectedEmail="jane@example.test", type="local")
        await tab.page.goto(other)
        await tab.page.get_by_text("You signed in as eve@example.test").wait_for()
        assert (await gateway.call("GET", "/v1/account/other")).status == 404
        provider.email_of.clear()
        await tab.page.get_by_role("link", name="Begin again").click()
        assert await came_back(tab) == {"account": ["other"], "state": ["new"]}
        await gateway.ask("DELETE", "/v1/oauth2/local")


async def test_on_a_phone_in_german(gateway: Gateway, program: str, chromium: Browser, dovecot: Dovecot) -> None:
    dovecot.set_password("phone@localhost", "geheim-1")
    async with browsing(chromium, phone=True, locale="de-AT", color_scheme="dark") as tab:
        await tab.page.goto(await link(gateway, program, account="phone", name="N" * 200, email="phone@localhost"))
        assert await tab.page.locator("html").get_attribute("lang") == "de"
        await looks_right(tab)
        await tab.page.get_by_role("button", name="Weiter").click()
        await tab.page.get_by_label("Server").first.wait_for()
        await looks_right(tab)
        await tab.page.get_by_label("Server").first.fill(f"{'x' * 60}." * 3 + "invalid")
        await tab.page.get_by_label("Passwort").fill("geheim-2")
        await tab.page.get_by_role("button", name="Verbinden").click()
        await tab.page.get_by_role("alert").wait_for()
        await looks_right(tab)
        await tab.page.get_by_label("Server").first.fill("localhost")
        await tab.page.get_by_label("Port").first.fill(str(dovecot.port))
        await tab.page.get_by_label("Sicherheit").first.select_option("STARTTLS")
        await tab.page.get_by_label("Passwort").fill("geheim-2")
        await tab.page.get_by_role("button", name="Verbinden").click()
        await tab.page.get_by_text("Benutzername oder Passwort ist falsch.").wait_for()
        await tab.page.get_by_text("Einzelheiten").click()
        await looks_right(tab)
        await tab.page.get_by_label("Passwort").fill("geheim-1")
        await tab.page.get_by_role("button", name="Verbinden").click()
        assert await came_back(tab) == {"account": ["phone"], "state": ["new"]}
        assert tab.complaints == []


async def looks_right(tab: Tab) -> None:
    """Nothing sticks out, and everything that is pressed is large enough for a finger."""
    assert not await tab.is_too_wide()
    for control in await tab.page.locator("button, a.button, input:not([type=hidden]):not(.unseen), select").all():
        box = await control.bounding_box()
        assert box is not None
        assert box["height"] >= 44, await control.evaluate("each => each.outerHTML")


async def test_in_a_window_of_its_own(gateway: Gateway, program: str, chromium: Browser, dovecot: Dovecot) -> None:
    """The program that opened it is told by that window, so the two must know each other in the end."""
    async with browsing(chromium, scripts=True) as tab:
        await tab.page.goto(program.replace("/connected", "/welcome"))
        url = await link(gateway, program, account="window", email="window@localhost")
        async with tab.page.expect_popup() as opening:
            await tab.page.evaluate("url => { window.open(url) }", url)
        window = Tab(await opening.value)
        await window.page.get_by_role("button", name="Continue").click()
        await fill_servers(window, dovecot, dovecot.password)
        assert await came_back(window) == {"account": ["window"], "state": ["new"]}
        assert await window.page.evaluate("window.opener !== null")


async def test_the_policy_stops_what_the_page_does_not_bring(gateway: Gateway, program: str, chromium: Browser) -> None:
    """That the console of the other stories is empty means something only if a breach is heard there."""
    async with browsing(chromium, scripts=True) as tab:
        await tab.page.goto(await link(gateway, program))
        assert tab.complaints == []
        await tab.page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
        )
        assert await tab.page.evaluate("window.ran") is None
        assert any("Content Security Policy" in each for each in tab.complaints)
