"""Ten thousand accounts in Chromium: found, sorted, ticked and reconnected, with and without scripts, by anybody."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from postroom.accounts.bulk.worker import BulkWorker
from postroom.accounts.model import ListQuery
from postroom.tasks import ended
from tests.fakes.databases import opened
from tests.live.barriers import barriers
from tests.live.chromium import PATIENCE_MS, Tab
from tests.web.dashboard.accounts.many import fill
from tests.web.dashboard.desk_site import DeskSite, open_desk

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

MANY = 10_000
LIST = "/dashboard/accounts"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of ten thousand accounts, of which each test has a copy."""
    file = tmp_path_factory.mktemp("filled") / "many.db"
    async with opened(f"sqlite:///{file}") as db:
        await db.write(partial(fill, number=MANY))
    return file


@pytest_asyncio.fixture(loop_scope="session")
async def site(filled: Path, tmp_path: Path) -> AsyncIterator[DeskSite]:
    """A dashboard over ten thousand accounts, with the worker that carries actions out."""
    copy = shutil.copy(filled, tmp_path)
    async with open_desk(f"sqlite:///{copy}", tmp_path) as running:
        accounts = running.gateway.desk.accounts
        working = asyncio.create_task(BulkWorker(db=running.db, accounts=accounts, node_id="node").run())
        streaming = asyncio.create_task(running.gateway.api.streams.run())
        yield running
        for task in (working, streaming):
            task.cancel()
            await ended(task)


def complaints(tab: Tab) -> list[str]:
    """What the console says, but for requests that others took the place of."""
    ended_early = ("htmx:afterRequest", "htmx:sendAbort", "htmx:sendError")
    return [each for each in tab.complaints if not each.startswith(ended_early)]


async def names(page: Page) -> list[str]:
    script = "all => all.map(each => each.dataset.account)"
    found: list[str] = await page.locator("tr[data-account]").evaluate_all(script)
    return found


async def test_ten_thousand_accounts_are_found_with_scripts(site: DeskSite, chromium: Browser) -> None:
    async with site.browse(chromium, scripts=True, color_scheme="dark") as tab:
        page = tab.page
        await page.goto(site.base + LIST)
        await expect(page.locator(".tabs")).to_contain_text("10,000")
        assert (await names(page))[:2] == ["a00001", "a00002"]
        assert await barriers(page) == []
        # The list is narrowed while somebody types, and the address says how.
        await page.get_by_label("Search accounts").fill("person 9999")
        await expect(page.locator("tr[data-account]")).to_have_count(1, timeout=PATIENCE_MS)
        await expect(page).to_have_url(re.compile(r"accounts\?q=person(\+|%20)9999"))
        await page.reload()
        assert await names(page) == ["a09999"]
        await page.get_by_role("link", name="Show all").click()
        await page.wait_for_url(site.base + LIST)
        await page.get_by_label("Provider").select_option("Gmail")
        await expect(page.locator(".pages")).to_contain_text("of 1,000")
        await page.get_by_role("link", name="Failing").click()
        await expect(page.locator(".pages")).to_contain_text("of 100")
        await page.locator("#accounts").get_by_role("link", name="Account").click()
        await page.get_by_role("link", name="Next").click()
        await expect(page.locator(".pages")).to_contain_text("51–100 of 100")
        assert not await tab.is_too_wide()
        assert complaints(tab) == []


async def test_one_account_is_for_everybody(site: DeskSite, chromium: Browser) -> None:
    looks: dict[bool, tuple[Literal["light", "dark"], ...]] = {False: ("light", "dark"), True: ("light",)}
    for phone, schemes in looks.items():
        async with site.browse(chromium, scripts=True, phone=phone) as tab:
            await tab.page.goto(f"{site.base}{LIST}/a00100")
            await expect(tab.page.locator("#state")).to_contain_text("Send new credentials.")
            for scheme in schemes:
                await tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                assert not await tab.is_too_wide()
                assert await barriers(tab.page) == []
            assert complaints(tab) == []


async def test_accounts_are_ticked_and_reconnected(site: DeskSite, chromium: Browser) -> None:
    async with site.browse(chromium, scripts=True) as tab:
        page = tab.page
        await page.goto(f"{site.base}{LIST}?q=a0000")
        await page.get_by_label("All on this page").check()
        await page.get_by_role("checkbox", name="Select Person 3,").uncheck()
        await page.get_by_role("button", name="Reconnect").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Reconnect 8 accounts?")
        assert await barriers(page) == []
        await page.get_by_role("button", name="Reconnect 8 accounts").click()
        await expect(page.locator("#progress")).to_contain_text("Done", timeout=PATIENCE_MS)
        assert await barriers(page) == []
        assert complaints(tab) == []
    found = await site.gateway.desk.accounts.list_page(ListQuery(text="a0000"))
    assert [item.row.revision for item in found.items] == [2, 2, 1, *[2] * 6]


async def test_ticks_survive_news_of_other_accounts(site: DeskSite, chromium: Browser) -> None:
    async with site.browse(chromium, scripts=True) as tab:
        await tab.page.goto(site.base + LIST)
        box = tab.page.get_by_role("checkbox", name="Select Person 2,")
        await box.check()
        await tab.page.evaluate("htmx.trigger('#found', 'sse:accounts')")
        await tab.page.wait_for_timeout(300)
        await expect(box).to_be_checked()
        assert complaints(tab) == []


async def test_all_that_match_are_deleted_on_a_phone_without_scripts(site: DeskSite, chromium: Browser) -> None:
    async with site.browse(chromium, phone=True) as tab:
        page = tab.page
        await page.goto(f"{site.base}{LIST}?health=failing")
        assert not await tab.is_too_wide()
        await page.get_by_label("that match").check()
        await page.get_by_role("button", name="Delete…").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Delete 100 accounts?")
        assert not await tab.is_too_wide()
        await page.get_by_role("button", name="Delete 100 accounts").click()
        # Without scripts the page loads itself again until it is done.
        await expect(page.locator("#progress")).to_contain_text("100 of 100", timeout=PATIENCE_MS)
        await expect(page.locator("#progress")).to_contain_text("Done", timeout=PATIENCE_MS)
        assert complaints(tab) == []
    assert (await site.gateway.desk.lists.numbers()).total == MANY - 100


async def test_the_way_back_shows_the_whole_page(site: DeskSite, chromium: Browser) -> None:
    """The browser's button for the page before put the list alone into the window, without its frame and filters."""
    async with site.browse(chromium, scripts=True) as tab:
        page = tab.page
        await page.goto(site.base + LIST)
        await page.get_by_label("Search accounts").fill("person 9999")
        await expect(page).to_have_url(re.compile("q=person"))
        await page.go_back()
        await expect(page).to_have_url(site.base + LIST)
        await expect(page.get_by_label("Search accounts")).to_have_value("")
        await expect(page.locator("tr[data-account]")).to_have_count(50)
        await page.go_forward()
        await expect(page.get_by_label("Search accounts")).to_have_value("person 9999")
        await expect(page.locator("tr[data-account]")).to_have_count(1)
        assert complaints(tab) == []
