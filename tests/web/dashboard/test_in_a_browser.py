"""The dashboard in Chromium: the story of a first visit, keyboard, phone, no scripts, other sites, accessibility."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import argon2
import pyotp
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, expect

from postroom.access.admins import passwords
from tests.accounts.bodies import body
from tests.live.barriers import barriers
from tests.live.chromium import Tab
from tests.web.dashboard.desk_site import PASSWORD, DeskSite, open_desk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[DeskSite]:
    """A dashboard in the loop of the browser."""
    async with open_desk(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash takes a millisecond instead of fifty."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)


async def is_sound(tab: Tab, *schemes: Literal["light", "dark"]) -> None:
    """The page fits the screen, the browser refuses none of it, and axe finds nothing wrong, in each scheme."""
    for scheme in schemes or ("light",):
        # Colours change at once for whoever wants less motion; axe would meet colours on their way.
        await tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert not await tab.is_too_wide()
        assert await barriers(tab.page) == [], scheme
        assert tab.complaints == []


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_first_visit_then_signing_out_and_in(desk: DeskSite, chromium: Browser, scripts: bool) -> None:
    code = await desk.gateway.desk.admins.first_code() or ""
    async with desk.browse(chromium, signed_in=False, scripts=scripts) as tab:
        page = tab.page
        await page.goto(f"{desk.base}/dashboard/profile")
        await page.get_by_label("Code from the terminal").fill(code)
        await page.get_by_label("New password", exact=True).fill(PASSWORD)
        await page.get_by_label("New password again").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Profile", level=1)).to_be_visible()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await page.get_by_label("Password").fill("a wrong password")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("The password is wrong.")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.url == f"{desk.base}/"
        assert tab.complaints == []
        # Scripts of the page cannot read the session.
        if scripts:
            assert await page.evaluate("document.cookie") == ""


@pytest.mark.parametrize("phone", [False, True])
async def test_every_page_of_signing_in_is_sound(desk: DeskSite, chromium: Browser, phone: bool) -> None:
    async with desk.browse(chromium, signed_in=False, phone=phone, scripts=True) as tab:
        await tab.page.goto(f"{desk.base}/dashboard/sign-in")
        await is_sound(tab, "light", "dark")
        await desk.gateway.desk.admins.adopt(PASSWORD)
        await tab.page.reload()
        await is_sound(tab, "light", "dark")
        await desk.sign_in(tab)
        for path in ("/dashboard/profile", "/dashboard/profile/authenticator", "/dashboard/none"):
            await tab.page.goto(desk.base + path)
            await is_sound(tab, "light", "dark")


async def test_the_keyboard_alone(desk: DeskSite, chromium: Browser) -> None:
    async with desk.browse(chromium, scripts=True) as tab:
        page = tab.page
        await page.goto(f"{desk.base}/dashboard/profile")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#content")).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_menu_of_a_phone(desk: DeskSite, chromium: Browser, scripts: bool) -> None:
    async with desk.browse(chromium, phone=True, scripts=scripts) as tab:
        page = tab.page
        await page.goto(f"{desk.base}/dashboard/profile")
        await expect(page.get_by_role("link", name="Overview")).to_have_count(0)
        await page.locator("summary").click()
        await page.get_by_role("link", name="Overview").click()
        await page.wait_for_url(f"{desk.base}/")


async def test_a_password_can_be_shown_and_is_hidden_again(desk: DeskSite, chromium: Browser) -> None:
    await desk.gateway.desk.admins.adopt(PASSWORD)
    async with desk.browse(chromium, signed_in=False, scripts=True) as tab:
        await tab.page.goto(f"{desk.base}/dashboard/sign-in")
        field = tab.page.locator("#password")
        await tab.page.get_by_role("button", name="Show").click()
        await expect(field).to_have_attribute("type", "text")
        await tab.page.get_by_role("button", name="Hide").click()
        await expect(field).to_have_attribute("type", "password")


async def test_a_part_that_is_asked_for_after_the_session_ended_leads_to_the_sign_in(
    desk: DeskSite, chromium: Browser
) -> None:
    async with desk.browse(chromium, scripts=True) as tab:
        page = tab.page
        await page.goto(f"{desk.base}/dashboard/profile")
        await desk.gateway.desk.sessions.end_others("", by="test")
        # Nobody waits for the answer here: the page may be gone before it.
        await page.evaluate("void htmx.ajax('GET', '/', '#content')")
        await page.wait_for_url(f"{desk.base}/dashboard/sign-in?to=%2Fdashboard%2Fprofile")


@asynccontextmanager
async def evil_site(body: str) -> AsyncIterator[str]:
    """Another site, at another host of this machine; `body` is its page."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=f"<!doctype html><title>x</title>{body}", content_type="text/html")

    application = web.Application()
    application.add_routes([web.get("/", page)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        # For a browser, `localhost` and `127.0.0.1` are two sites.
        yield f"http://localhost:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def test_another_site_cannot_show_the_dashboard_in_a_frame(desk: DeskSite, chromium: Browser) -> None:
    frame = f'<iframe src="{desk.base}/dashboard/sign-in"></iframe>'
    async with evil_site(frame) as evil, desk.browse(chromium, scripts=True) as tab:
        await tab.page.goto(evil)
        await tab.page.wait_for_load_state("networkidle")
        assert "Sign in" not in await tab.page.frames[1].content()
        assert any("frame-ancestors" in words for words in tab.complaints)


async def test_another_site_cannot_send_a_form_of_the_visitor(desk: DeskSite, chromium: Browser) -> None:
    form = f'<form method="post" action="{desk.base}/dashboard/sign-out"><button>Win a prize</button></form>'
    async with evil_site(form) as evil, desk.browse(chromium, scripts=True) as tab:
        await tab.page.goto(evil)
        await tab.page.get_by_role("button").click()
        # The session's cookie does not even come along with the form, so the visitor is only led to the overview.
        await expect(tab.page).to_have_url(f"{desk.base}/")
        await tab.page.goto(f"{desk.base}/dashboard/profile")
        await expect(tab.page.get_by_role("heading", name="Profile", level=1)).to_be_visible()


async def test_an_authenticator_app_is_set_up(desk: DeskSite, chromium: Browser) -> None:
    await desk.gateway.desk.admins.adopt(PASSWORD)
    async with desk.browse(chromium) as tab:
        page = tab.page
        await page.goto(f"{desk.base}/dashboard/profile")
        await page.get_by_role("link", name="Set up an app").click()
        key = (await page.locator(".copy code").inner_text()).replace(" ", "")
        await page.get_by_label("Code").fill(pyotp.TOTP(key).now())
        await page.get_by_label("Your password").fill(PASSWORD)
        await page.get_by_role("button", name="Use this app").click()
        await expect(page.get_by_role("heading", name="Recovery codes", level=1)).to_be_visible()
        assert await page.locator(".codes code").count() == 10


async def test_pages_of_an_empty_installation_are_sound(desk: DeskSite, chromium: Browser) -> None:
    async with desk.browse(chromium, scripts=True) as tab:
        for path in ("/", "/dashboard/accounts", "/dashboard/nodes"):
            await tab.page.goto(desk.base + path)
            await is_sound(tab)


@pytest.mark.parametrize("phone", [False, True])
async def test_words_of_strangers_stay_in_their_place(desk: DeskSite, chromium: Browser, phone: bool) -> None:
    """A long name of metadata moved the page to the left; a turned name turned the words after it."""
    turned = "\u202egnp.exe"
    await desk.gateway.desk.accounts.register(
        "a", body(name=turned, email="jo@example.com", metadata={"W" * 200: "v" * 300, "\u202ex": "y"})
    )
    async with desk.browse(chromium, phone=phone, scripts=True) as tab:
        await tab.page.goto(f"{desk.base}/dashboard/accounts/a")
        await is_sound(tab)
        await tab.page.goto(f"{desk.base}/dashboard/accounts")
        await expect(tab.page.get_by_role("link", name=turned)).to_have_css("unicode-bidi", "isolate")
        await is_sound(tab)
