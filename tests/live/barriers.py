"""What axe finds wrong in a page for people who cannot see or use a mouse."""

from __future__ import annotations

import asyncio
from typing import Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

from tests.live.chromium import PATIENCE_MS

_OPTIONS: Final[dict[str, object]] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # To tell of all that is right would take as long again.
    "resultTypes": ["violations"],
}
# All that axe found is a large document, of which only this is read.
_RUN: Final = """async options => (await axe.run(options)).violations.map(
  each => `${each.id}: ${JSON.stringify(each.nodes.map(node => node.html.slice(0, 120)))}`
)"""


async def barriers(page: Page) -> list[str]:
    """Return each broken rule of WCAG 2.2 A and AA, with what breaks it. The page's scripts must not be switched off.

    Without scripts there are no timers, so axe would never end: then this raises TimeoutError.
    """
    async with asyncio.timeout(PATIENCE_MS / 1000):
        # A page keeps axe until it is left.
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(AXE_SCRIPT)
        found: list[str] = await page.evaluate(_RUN, _OPTIONS)
    return found
