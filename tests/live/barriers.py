"""What axe finds wrong in a page for people who cannot see or use a mouse."""

from __future__ import annotations

import asyncio
from typing import Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.live.chromium import PATIENCE_MS

_OPTIONS: Final[dict[str, object]] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # To tell of all that is right would take as long again.
    "resultTypes": ["violations"],
}


async def barriers(page: Page) -> list[str]:
    """Return each broken rule of WCAG 2.2 A and AA, with what breaks it. The page's scripts must not be switched off.

    Without scripts there are no timers, so axe would never end: then this raises TimeoutError.
    """
    async with asyncio.timeout(PATIENCE_MS / 1000):
        found = await Axe().run(page, options=_OPTIONS)
    return [f"{each['id']}: {[node['html'][:120] for node in each['nodes']]}" for each in found.response["violations"]]
