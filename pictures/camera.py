"""Opens pages in Chromium and writes pictures of them, in light and dark."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page

from tests.web.dashboard.desk_site import DeskSite

__all__ = ["Sight", "take"]

_WIDTH: Final = 1280
_SCALE: Final = 2
_QUALITY: Final = 88
_SCHEMES: Final = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Sight:
    """A page to take a picture of: the name of the file, the path of the page, and how high the picture is."""

    name: str
    path: str
    height: int


async def take(site: DeskSite, browser: Browser, sight: Sight, folder: Path) -> Mapping[Path, int]:
    """Write the pictures of a page; return their sizes in bytes."""
    sizes = {}
    for scheme in _SCHEMES:
        options: dict[str, Any] = {"color_scheme": scheme, "device_scale_factor": _SCALE, "reduced_motion": "reduce"}
        async with site.browse(browser, scripts=True, timezone_id="UTC", **options) as tab:
            await tab.page.set_viewport_size({"width": _WIDTH, "height": sight.height})
            await tab.page.goto(site.base + sight.path)
            await tab.page.evaluate("document.fonts.ready")
            # The pointer rests where it changes nothing.
            await tab.page.mouse.move(0, 0)
            picture = await _picture(tab.page)
        path = folder / f"{sight.name}-{scheme}.webp"
        path.write_bytes(picture)
        sizes[path] = len(picture)
    return sizes


async def _picture(page: Page) -> bytes:
    """WebP is a quarter of PNG in size, and Playwright itself does not write it."""
    session = await page.context.new_cdp_session(page)
    taken = await session.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    return base64.b64decode(taken["data"])
