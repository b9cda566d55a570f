"""Axe finds what is wrong in a page as it is now, however often it is asked."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.async_api import Browser

from tests.live.barriers import barriers
from tests.live.chromium import browsing

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SOUND = '<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1><img src="data:," alt="A cat"></main>'
NO_WORDS = SOUND.replace(' alt="A cat"', "")
FAINT = SOUND.replace("<h1>", '<h1 style="color: #eee; background: #fff">')


async def test_each_page_is_looked_at_anew(chromium: Browser) -> None:
    async with browsing(chromium, scripts=True) as tab:
        for page, wrong in ((NO_WORDS, "image-alt"), (SOUND, ""), (FAINT, "color-contrast")):
            await tab.page.goto(f"data:text/html,{quote(page)}")
            assert [each.partition(":")[0] for each in await barriers(tab.page)] == [wrong][: bool(wrong)]


async def test_a_page_is_looked_at_again_after_it_changed(chromium: Browser) -> None:
    async with browsing(chromium, scripts=True) as tab:
        await tab.page.set_content(SOUND)
        assert await barriers(tab.page) == []
        await tab.page.evaluate("document.querySelector('img').removeAttribute('alt')")
        (found,) = await barriers(tab.page)
        assert found == 'image-alt: ["<img src=\\"data:,\\">"]'
