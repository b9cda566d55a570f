"""The overview and the nodes in a real Chromium: they change by themselves, and fit a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from postroom.accounts.journal import record
from postroom.accounts.known.last_error import LastError
from postroom.accounts.lifecycle import State, Trigger
from postroom.accounts.model import Lease, Report
from postroom.connections.failure_rules import RULES
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.streaming import page_feed
from tests.fakes.waiting import eventually
from tests.web.dashboard.overview.conftest import Installation, open_installation
from tests.web.dashboard.visits import HOSTILE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

APP_PASSWORD = next(rule.advice for rule in RULES if "5.7.9" in rule.codes)
REFUSED = LastError(HOSTILE, "ALERT", "login", "2026-01-01T00:00:00.000Z", APP_PASSWORD)


@pytest_asyncio.fixture(loop_scope="session")
async def installation(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """An empty installation, in the loop of the browser."""
    async with open_installation(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_feed, "PACE", 0.05)


async def step(installation: Installation, account: str, trigger: Trigger, **told: Any) -> None:
    """Report a step of the account's life, as its runner does."""

    def work(conn: Connection) -> None:
        key = conn.execute(sa.select(accounts.c.key).where(accounts.c.account == account)).scalar_one()
        record(conn, Lease(key, account, "node", 0, 1), Report(trigger, 2_000, trigger.value, **told))

    await installation.site.db.write(work)


async def refuse(installation: Installation, account: str) -> None:
    await step(installation, account, Trigger.ATTEMPT)
    await step(installation, account, Trigger.REFUSED, error=REFUSED, fingerprint="authentication:login:ALERT")


async def repair(installation: Installation, account: str) -> None:
    for trigger in (Trigger.ATTEMPT, Trigger.SIGNED_IN, Trigger.SYNCED):
        await step(installation, account, trigger)


async def test_a_need_appears_and_goes_without_a_reload(installation: Installation, chromium: Browser) -> None:
    await installation.join()
    await installation.add("ada", host="imap.gmail.com")
    async with installation.site.browse(chromium, scripts=True) as tab:
        await tab.page.goto(installation.site.base)
        await expect(tab.page.get_by_role("heading", name="Nothing needs you")).to_be_visible()
        await tab.page.evaluate("window.isTheSamePage = true")
        await eventually(lambda: len(installation.site.gateway.api.streams.seats) == 1)
        await refuse(installation, "ada")
        need = tab.page.get_by_role("listitem").filter(has_text="The account ada at Gmail wants an app password")
        await expect(need).to_be_visible()
        await expect(tab.page).to_have_title("(1 to do) Overview · Postroom")
        await need.get_by_text("What the server said").click()
        await expect(need.get_by_text("alert(1)")).to_be_visible()
        await repair(installation, "ada")
        await expect(tab.page.get_by_role("heading", name="Nothing needs you")).to_be_visible()
        await expect(need).to_have_count(0)
        assert await tab.page.evaluate("window.isTheSamePage")
        assert tab.complaints == []


async def test_what_was_opened_stays_open_while_the_rest_changes(installation: Installation, chromium: Browser) -> None:
    await installation.join()
    await installation.add("ada", host="imap.gmail.com")
    await installation.add("bob", host="imap.example.com")
    await refuse(installation, "ada")
    async with installation.site.browse(chromium, scripts=True) as tab:
        await tab.page.goto(installation.site.base)
        await eventually(lambda: len(installation.site.gateway.api.streams.seats) == 1)
        words = tab.page.locator("[data-need] details").filter(has_text="alert(1)")
        await words.locator("summary").click()
        await refuse(installation, "bob")
        await expect(tab.page.get_by_role("heading", name="2 things need you")).to_be_visible()
        await expect(words.first).to_have_attribute("open", "")


async def test_a_tab_that_nobody_sees_gives_its_stream_back(installation: Installation, chromium: Browser) -> None:
    """A browser has six connections to a host. With one stream for each open tab, the seventh tab never loaded."""
    await installation.join()
    await installation.add("ada", host="imap.gmail.com")
    seats = installation.site.gateway.api.streams.seats
    async with installation.site.browse(chromium, scripts=True) as tab:
        await tab.page.goto(installation.site.base)
        await eventually(lambda: len(seats) == 1)
        await tab.page.evaluate(
            "(window.isHidden = true, Object.defineProperty(document, 'hidden', {get: () => window.isHidden}),"
            " document.dispatchEvent(new Event('visibilitychange')))"
        )
        await eventually(lambda: len(seats) == 0)
        await refuse(installation, "ada")
        await tab.page.evaluate("(window.isHidden = false, document.dispatchEvent(new Event('visibilitychange')))")
        await expect(tab.page.get_by_role("heading", name="1 thing needs you")).to_be_visible()
        assert len(seats) == 1
        assert tab.complaints == []


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
@pytest.mark.parametrize("path", ["/", "/dashboard/nodes"])
async def test_pages_fit_and_need_no_script(
    installation: Installation, chromium: Browser, path: str, phone: bool
) -> None:
    await installation.join("a-node-with-a-long-name-0123456789abcdef", host="h" * 60)
    error = {"serverResponseCode": "X" * 40, "advice": "A" * 200, "response": "W" * 400}
    await installation.add("a" * 80, state=State.AUTHENTICATION_ERROR, error=error, host="h" * 60)
    async with installation.site.browse(chromium, phone=phone) as tab:
        await tab.page.goto(installation.site.base + path)
        await expect(tab.page.get_by_role("heading", level=1)).to_have_count(1)
        assert not await tab.is_too_wide()
        assert tab.complaints == []


async def test_a_node_is_drained_after_a_question(installation: Installation, chromium: Browser) -> None:
    await installation.join("one")
    async with installation.site.browse(chromium, scripts=True) as tab:
        page = tab.page
        await page.goto(f"{installation.site.base}/dashboard/nodes")
        await page.get_by_role("button", name="Drain", exact=True).click()
        dialog = page.get_by_role("dialog", name="Drain the node one?")
        await expect(dialog).to_contain_text("No other node takes accounts")
        # The part of the page is loaded anew meanwhile, and the dialog stays.
        async with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
            await page.evaluate("htmx.ajax('GET', '/dashboard/nodes', {target: '#nodes', swap: 'innerHTML'})")
        await expect(dialog).to_be_visible()
        await dialog.get_by_role("button", name="Drain it").click()
        await expect(page.get_by_text("The node one hands over its accounts.")).to_be_visible()
        await page.get_by_role("button", name="End draining").click()
        await expect(page.get_by_text("The node one takes accounts again.")).to_be_visible()
        assert tab.complaints == []
