"""An operator adds an account in Chromium, watches it connect, and repairs it: a real Dovecot, and no reload."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.flows.gateway import Gateway, imap
from tests.live.barriers import barriers
from tests.live.chromium import PATIENCE_MS, Tab, browsing
from tests.live.dovecot import Dovecot

pytestmark = [pytest.mark.dovecot, pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

ADMIN = "three unrelated words"
USER = "clara@example.test"
HERE = "/dashboard/accounts/clara%40example.test"
HOSTILE = "<img src=x onerror=alert(1)>"
# The page of an account asks for its parts while the browser leaves it. One form has the passwords of two servers, and
# the browser remarks on that to developers.
HARMLESS = ("htmx:afterRequest", "htmx:sendAbort", "htmx:sendError", "[DOM] Multiple forms")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """A gateway with a dashboard, which searches for servers in no other place than the domain itself.

    Each test has an account of its own.
    """
    async with Gateway(tmp_path_factory.mktemp("gateway"), admin_password=ADMIN, ispdb_url="") as running:
        yield running


@asynccontextmanager
async def signed_in(chromium: Browser, gateway: Gateway, path: str, **options: Any) -> AsyncIterator[Tab]:
    """A browser, signed in by the form, on a page."""
    async with browsing(chromium, **options) as tab:
        await tab.page.goto(gateway.url + path)
        await tab.page.get_by_label("Password").fill(ADMIN)
        await tab.page.get_by_role("button", name="Sign in").click()
        await tab.page.wait_for_url(gateway.url + path)
        tab.page.on("dialog", lambda dialog: tab.complaints.append(dialog.message))
        yield tab


async def sees(page: Page, text: str) -> None:
    """Wait until the state of the account says so; the page is not loaded again."""
    await expect(page.locator("#state")).to_contain_text(text, timeout=PATIENCE_MS)


def field(page: Page, name: str) -> Any:
    """A field of the form, by the name that it is sent with."""
    return page.locator(f'[name="{name}"]')


async def fill_in(page: Page, dovecot: Dovecot, password: str) -> None:
    """Fill in the servers, which nobody could find."""
    await field(page, "imap.host").fill(dovecot.host)
    await field(page, "imap.port").fill(str(dovecot.port))
    await field(page, "imap.security").select_option("starttls")
    await field(page, "imap.auth.pass").fill(password)


async def begin(page: Page, name: str, address: str) -> None:
    """Give the address, and wait for the form."""
    await page.get_by_label("E-mail address").fill(address)
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Continue").click()
    await expect(field(page, "imap.host")).to_be_visible(timeout=PATIENCE_MS)


async def test_an_account_is_added_breaks_and_is_repaired(
    chromium: Browser, gateway: Gateway, dovecot: Dovecot
) -> None:
    async with signed_in(chromium, gateway, "/dashboard/accounts", scripts=True) as tab:
        page = tab.page
        await page.get_by_role("link", name="Add an account").first.click()
        assert await barriers(page) == []
        await begin(page, HOSTILE, USER)
        await expect(page.locator("#found")).to_contain_text("No mail servers were found")
        await fill_in(page, dovecot, "a wrong one")
        await page.get_by_role("button", name="Try").click()
        await expect(page.locator("#tried")).to_contain_text("Authentication failed", timeout=PATIENCE_MS)
        assert await barriers(page) == []
        await field(page, "imap.auth.pass").fill("pass")
        await page.get_by_role("button", name="Try").click()
        await expect(page.locator("#tried")).to_contain_text("It works", timeout=PATIENCE_MS)
        # The page keeps the password; the field is empty.
        await expect(field(page, "imap.auth.pass")).to_have_value("")
        await page.get_by_role("button", name="Add the account").click()
        await page.wait_for_url(gateway.url + HERE)
        await page.evaluate("window.marked = true")
        await sees(page, "New mail is noticed as it arrives")
        await expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
        # Its owner changes the password. The page says what to do, and leads there.
        await asyncio.to_thread(dovecot.set_password, USER, "another one")
        await asyncio.to_thread(dovecot.kill_connections, USER)
        await sees(page, "The server refuses the sign-in")
        assert await page.evaluate("window.marked"), "the page was never loaded again"
        await page.get_by_role("link", name="Enter the new password").click()
        assert await barriers(page) == []
        await field(page, "imap.auth.pass").fill("a wrong one")
        await page.get_by_role("button", name="Try and store it").click()
        await expect(page.locator("#tried")).to_contain_text("Authentication failed", timeout=PATIENCE_MS)
        assert await barriers(page) == []
        await field(page, "imap.auth.pass").fill("another one")
        await page.get_by_role("button", name="Try and store it").click()
        await page.wait_for_url(gateway.url + HERE)
        await page.evaluate("window.marked = true")
        await sees(page, "New mail is noticed as it arrives")
        assert await page.evaluate("window.marked"), "the page was never loaded again"
        # A name is changed, and the connection stays.
        await page.get_by_role("link", name="Edit").click()
        await field(page, "name").fill("Clara")
        await page.get_by_role("button", name="Save").click()
        await page.wait_for_url(gateway.url + HERE)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Clara")
        assert (await gateway.get(USER))["state"] == "connected"
        assert [each for each in tab.complaints if not each.startswith(HARMLESS)] == []
    await asyncio.to_thread(dovecot.set_password, USER, None)


async def test_the_pages_are_for_everybody(chromium: Browser, gateway: Gateway, dovecot: Dovecot) -> None:
    await gateway.register("dora@example.test", imap(dovecot, "dora@example.test"))
    dora = "/dashboard/accounts/dora%40example.test"
    for options in ({"scripts": True, "color_scheme": "dark"}, {"scripts": True, "phone": True}):
        async with signed_in(chromium, gateway, "/dashboard/accounts/add", **options) as tab:
            page = tab.page
            assert await barriers(page) == []
            assert not await tab.is_too_wide()
            await begin(page, "", "dorothy@example.test")
            for each in await page.locator("details.disclose").all():
                await each.locator("summary").click()
            assert await barriers(page) == []
            assert not await tab.is_too_wide()
            # Enter tries; it adds nothing. What is missing is told at its field, which has the focus.
            await field(page, "imap.host").press("Enter")
            await expect(page.locator("#problems")).to_be_visible(timeout=PATIENCE_MS)
            assert await barriers(page) == []
            for path in (f"{dora}/edit", f"{dora}/repair"):
                await page.goto(gateway.url + path)
                assert await barriers(page) == []
                assert not await tab.is_too_wide()
            assert [each for each in tab.complaints if not each.startswith(HARMLESS)] == []


async def test_an_account_is_added_without_scripts(chromium: Browser, gateway: Gateway, dovecot: Dovecot) -> None:
    async with signed_in(chromium, gateway, "/dashboard/accounts/add") as tab:
        page = tab.page
        await begin(page, "Emil", "e.mil@example.test")
        await fill_in(page, dovecot, "pass")
        await field(page, "imap.auth.user").fill("emil@example.test")
        await field(page, "account").fill("add")
        await page.get_by_role("button", name="Add the account").click()
        # An account may be called as this page is.
        await page.wait_for_url(f"{gateway.url}/dashboard/accounts/%61dd")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Emil")
        await gateway.reaches("add", "connected")
