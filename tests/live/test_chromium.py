"""The browser of the tests runs what they look at, and as Playwright means it to be."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.live.chromium import browsing

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SWITCH = "--disable-features="


async def test_what_playwright_switches_off_stays_off(chromium: Browser) -> None:
    """The browser listens to the last of these switches only, which is ours."""
    async with browsing(chromium, scripts=True) as tab:
        await tab.page.goto("chrome://version")
        words = (await tab.page.locator("#command_line").inner_text()).split()
    switches = [word.removeprefix(SWITCH).split(",") for word in words if word.startswith(SWITCH)]
    assert len(switches) == 2
    assert set(switches[0]) < set(switches[1])


async def test_a_tab_is_all_that_is_opened(chromium: Browser) -> None:
    """If this fails after an update, the browser may have another part of its window that a test never sees."""
    async with browsing(chromium):
        asked = await chromium.new_browser_cdp_session()
        found = (await asked.send("Target.getTargets"))["targetInfos"]
        await asked.detach()
    assert [each["type"] for each in found] == ["page"]
