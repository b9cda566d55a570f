"""One story in Chromium: an application, its check, a token that is used, a setting, an operation that is tried."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.fakes.openid_provider import CLIENT, OpenIdProvider
from tests.live.barriers import barriers
from tests.live.chromium import Tab
from tests.web.dashboard.desk_site import DeskSite, Operator, open_desk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[DeskSite]:
    """A dashboard in the loop of the browser."""
    async with open_desk(sqlite_url, tmp_path) as running:
        yield running


async def is_sound(tab: Tab, *schemes: Literal["light", "dark"], scripts: bool = True) -> None:
    """The page fits the screen, the browser refuses none of it, and axe, which needs scripts, finds nothing wrong."""
    for scheme in schemes or ("light",):
        # Colours change at once for whoever wants less motion; axe would meet colours on their way.
        await tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert not await tab.is_too_wide()
        assert not scripts or await barriers(tab.page) == [], scheme
        assert tab.complaints == []


# Playwright itself clicks only after the answer to the first click.
TWO_CLICKS = """button => {
  button.click();
  setTimeout(() => { button.click(); fetch("/clicked-twice").catch(() => {}); }, 200);
}"""


async def click_twice(page: Page, name: str) -> None:
    """Click a button again while the server works on the first click. Only one request may leave the browser."""
    posted = 0
    clicked = asyncio.Event()

    async def hold(route: Route) -> None:
        nonlocal posted
        if route.request.url.endswith("/clicked-twice"):
            clicked.set()
            await route.fulfill(status=204)
            return
        posted += route.request.method == "POST"
        await clicked.wait()
        await route.continue_()

    button = page.get_by_role("button", name=name)
    await page.route("**", hold)
    await button.evaluate(TWO_CLICKS)
    await asyncio.wait_for(clicked.wait(), 60)
    await expect(button).to_have_count(0)
    await page.unroute("**", hold)
    assert posted == 1


async def test_access_is_set_up_and_used(desk: DeskSite, chromium: Browser) -> None:
    async with OpenIdProvider() as provider, desk.browse(chromium, scripts=True) as tab:
        page = tab.page
        # A setting, without which the provider could send nobody back.
        await page.goto(f"{desk.base}/dashboard/settings")
        await is_sound(tab)
        await page.get_by_label("Service URL").fill(desk.base)
        await page.get_by_role("button", name="Store sign-in pages").click()
        await expect(page.get_by_role("status").first).to_contain_text("Stored: serviceUrl.")
        # An application.
        await page.get_by_role("link", name="OAuth2 applications").first.click()
        await page.get_by_role("link", name="Another OpenID Connect provider").click()
        await expect(page.locator("[data-copy]")).to_have_attribute("data-copy", f"{desk.base}/oauth")
        await is_sound(tab)
        entered = {"Name": "Local", "Client ID": CLIENT[0], "Client secret": "wrong", "Discovery URL": provider.url}
        for label, text in {**entered, "IMAP host": "127.0.0.1", "IMAP port": "993"}.items():
            await page.get_by_label(label, exact=True).fill(text)
        await page.get_by_role("button", name="Register the application").click()
        await page.get_by_role("button", name="Check now").click()
        await expect(page.locator("#result")).to_contain_text("does not work")
        await expect(page.locator("[data-step=client]")).to_contain_text("invalid_client")
        await is_sound(tab)
        await page.get_by_role("link", name="Edit").click()
        await page.get_by_label("Client secret").fill(CLIENT[1])
        await page.get_by_role("button", name="Store the change").click()
        await page.get_by_role("button", name="Check now").click()
        await expect(page.locator("#result")).to_contain_text("The application works")
        # A token, which works.
        await page.get_by_role("link", name="Tokens").first.click()
        await page.get_by_role("link", name="Issue a token").first.click()
        await is_sound(tab)
        await page.get_by_label("Description").fill("For the shop")
        await click_twice(page, "Issue the token")
        secret = await page.locator(".copy code").inner_text()
        await is_sound(tab)
        async with Operator(desk.base) as program:
            answer = await program.open("/v1/oauth2", authorization=f"Bearer {secret}")
        assert (answer.status, '"id":"oidc"' in answer.text) == (200, True)
        # The same by the reference, and the token is deleted there after a question.
        await page.get_by_role("link", name="API reference").first.click()
        await is_sound(tab)
        await page.get_by_role("link", name="List tokens", exact=True).click()
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("#answer")).to_contain_text("For the shop")
        assert secret not in await page.content()
        await is_sound(tab)


@pytest.mark.parametrize("scripts", [True, False])
async def test_everything_is_for_everybody_on_a_phone(desk: DeskSite, chromium: Browser, scripts: bool) -> None:
    # Without scripts no axe looks at the colours.
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark") if scripts else ("light",)
    app = {"name": "Gmail", "provider": "gmail", "clientId": "x", "clientSecret": "y"}
    # A new password ends all sessions, so it comes first.
    await desk.gateway.desk.admins.adopt("three unrelated words")
    await desk.gateway.desk.apps.create(app)  # type: ignore[arg-type]
    async with desk.browse(chromium, scripts=scripts, phone=True) as tab:
        page = tab.page
        await page.goto(f"{desk.base}/dashboard/tokens/issue")
        await page.get_by_label("Description").fill("d")
        await page.get_by_role("textbox", name="Account").fill("nobody")
        await page.get_by_role("button", name="Issue the token").click()
        await expect(page.locator("#problem")).to_be_visible()
        await is_sound(tab, *schemes, scripts=scripts)
        await page.get_by_role("textbox", name="Account").fill("")
        await page.get_by_role("button", name="Issue the token").click()
        await is_sound(tab, *schemes, scripts=scripts)
        await page.get_by_role("link", name="Done").click()
        await is_sound(tab, *schemes, scripts=scripts)
        await page.get_by_role("button", name="Delete…").click()
        await page.get_by_role("button", name="Delete the token").click()
        await expect(page.locator("#tokens")).to_have_count(0)
        await page.goto(f"{desk.base}/dashboard/reference/deleteOauthApp")
        await page.get_by_label("app", exact=True).fill("gmail")
        await page.get_by_role("button", name="Send").click()
        await is_sound(tab, *schemes, scripts=scripts)
        await page.get_by_role("button", name="Yes, delete").click()
        await expect(page.locator("#answer")).to_contain_text("200 OK")
        for path in ("oauth2", "oauth2/new/gmail", "settings", "reference"):
            await page.goto(f"{desk.base}/dashboard/{path}")
            await is_sound(tab, *schemes, scripts=scripts)
        await page.goto(f"{desk.base}/dashboard/profile/authenticator")
        await expect(page.get_by_role("img", name="QR code with the key")).to_be_visible()
        await is_sound(tab, *schemes, scripts=scripts)
