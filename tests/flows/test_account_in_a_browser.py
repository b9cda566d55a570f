"""An operator watches one account in Chromium: a real Dovecot, its password broken and mended, without a reload."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.flows.gateway import Gateway, imap
from tests.live.chromium import PATIENCE_MS, Tab, browsing
from tests.live.dovecot import Dovecot

pytestmark = [pytest.mark.dovecot, pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

ADMIN = "three unrelated words"
USER = "anna@example.test"
HOSTILE = "<img src=x onerror=alert(1)>"


# The page of an account asks for its parts while the browser leaves it, and the last of them when it is deleted.
HARMLESS = ("htmx:", "Response Status Error Code 404 from /dashboard/accounts/bert%40example.test/")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """A gateway with a dashboard, whose password is set. Each test has an account of its own."""
    async with Gateway(tmp_path_factory.mktemp("gateway"), admin_password=ADMIN) as running:
        yield running


@asynccontextmanager
async def signed_in(chromium: Browser, gateway: Gateway, path: str) -> AsyncIterator[Tab]:
    """A browser with scripts, signed in by the form, on a page."""
    async with browsing(chromium, scripts=True) as tab:
        await tab.page.goto(gateway.url + path)
        await tab.page.get_by_label("Password").fill(ADMIN)
        await tab.page.get_by_role("button", name="Sign in").click()
        await tab.page.wait_for_url(gateway.url + path)
        # Whatever is asked for in a dialog is noticed: a page of ours never does that.
        tab.page.on("dialog", lambda dialog: tab.complaints.append(dialog.message))
        yield tab


async def sees(page: Page, text: str) -> None:
    """Wait until the state of the account says so; the page is not loaded again."""
    await expect(page.locator("#state")).to_contain_text(text, timeout=PATIENCE_MS)


async def test_a_password_is_broken_and_mended_before_the_eyes_of_an_operator(
    chromium: Browser, gateway: Gateway, dovecot: Dovecot
) -> None:
    await gateway.register(USER, imap(dovecot, USER))
    await gateway.reaches(USER, "connected")
    async with signed_in(chromium, gateway, "/dashboard/accounts/anna%40example.test") as tab:
        page = tab.page
        await page.evaluate("window.marked = true")
        await sees(page, "New mail is noticed as it arrives")
        await expect(page.locator("#folders")).to_contain_text("INBOX")
        # Mail arrives, and its line appears. Its subject is hostile.
        message = f"From: {HOSTILE} <e@example.test>\r\nSubject: {HOSTILE}\r\n\r\nhello\r\n"
        await asyncio.to_thread(dovecot.deliver, USER, message.encode())
        await expect(page.locator("#events")).to_contain_text(HOSTILE, timeout=PATIENCE_MS)
        # Its owner changes the password. The next sign-in is refused, and the page says what to do.
        await asyncio.to_thread(dovecot.set_password, USER, "another one")
        await asyncio.to_thread(dovecot.kill_connections, USER)
        await sees(page, "The server refuses the sign-in")
        await sees(page, "What to do:")
        await sees(page, "Authentication failed")
        await expect(page.locator("#events")).to_contain_text("authenticationError", timeout=PATIENCE_MS)
        await expect(page.locator("#state figure")).to_contain_text("Sign-in refused")
        # It is mended, and connects by itself.
        await gateway.put(USER, {"imap": imap(dovecot, USER, "another one")})
        await sees(page, "New mail is noticed as it arrives")
        assert await page.evaluate("window.marked"), "the page was never loaded again"
        assert tab.complaints == []
    await asyncio.to_thread(dovecot.set_password, USER, None)


async def test_buttons_and_a_diagnosis(chromium: Browser, gateway: Gateway, dovecot: Dovecot) -> None:
    user = "bert@example.test"
    await gateway.register(user, imap(dovecot, user))
    await gateway.reaches(user, "connected")
    async with signed_in(chromium, gateway, "/dashboard/accounts/bert%40example.test") as tab:
        page = tab.page
        await page.get_by_role("button", name="Disconnect").click()
        await page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
        await sees(page, "It is disconnected on purpose")
        await page.get_by_role("button", name="Reconnect").click()
        await sees(page, "New mail is noticed as it arrives")
        await page.get_by_role("button", name="Diagnose").click()
        await expect(page.locator("#verdict")).to_contain_text("Everything works.", timeout=PATIENCE_MS)
        steps = await page.locator("[data-step]").evaluate_all("all => all.map(each => each.dataset.step)")
        assert {"IMAP Name of the server", "IMAP Sign-in", "IMAP Folders"} <= set(steps)
        await page.get_by_role("link", name="Back to the account").click()
        await page.get_by_role("button", name="Delete…").click()
        await page.get_by_role("button", name="Cancel").locator("visible=true").click()
        assert (await gateway.get(user))["state"] == "connected"
        await page.get_by_role("button", name="Delete…").click()
        await page.get_by_role("button", name="Delete the account").click()
        await expect(page.get_by_role("status").first).to_contain_text("was deleted", timeout=PATIENCE_MS)
        assert (await gateway.call("GET", gateway.path(user))).status == 404
        assert [each for each in tab.complaints if not each.startswith(HARMLESS)] == []
