"""Debian's Chromium, driven by Playwright: one browser for the whole session, a fresh profile for each test.

async with open_chromium() as browser:
    async with browsing(browser, phone=True) as page:
        await page.goto(url)
        assert page.complaints == []
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, Response, async_playwright, expect

CHROMIUM = Path("/usr/bin/chromium")
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
PATIENCE_MS = 60_000
"""Milliseconds within which anything must happen, on a machine that has other things to do as well."""
# Playwright itself waits five seconds for what a test expects, which a busy machine takes now and then.
expect.set_options(timeout=PATIENCE_MS)

# Each page would start two more processes for a search box that nobody sees, and a third in case it leaves its site.
# That took twice the time of the page itself.
_UNUSED = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess")
# Chromium listens to the last switch of a name only. So ours repeats what Playwright says in its own.
_OFF_BY_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
)
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join((*_OFF_BY_PLAYWRIGHT, *_UNUSED))}",
]


def chromium_is_installed() -> bool:
    """Whether Debian's chromium is there."""
    return CHROMIUM.exists()


@asynccontextmanager
async def open_chromium() -> AsyncIterator[Browser]:
    """Start it, headless; Playwright gives it a profile folder of its own and removes that in the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=_FLAGS, timeout=PATIENCE_MS
        )
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Tab:
    """A page in a profile of its own. `complaints` is what the browser's console said, refused statuses aside."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)

    def listen(self) -> None:
        """Note what happens from now on."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if "the server responded with a status of" not in message.text:
            self.complaints.append(message.text)

    def _answered(self, response: Response) -> None:
        self.answers.append((response.status, response.url))

    async def is_too_wide(self) -> bool:
        """Whether the page must be moved sideways to be read; a page on its way is waited for."""
        await self.page.wait_for_load_state()
        width: Any = await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return bool(width > 0)


@asynccontextmanager
async def browsing(browser: Browser, *, phone: bool = False, scripts: bool = False, **more: Any) -> AsyncIterator[Tab]:
    """Open a page in a fresh profile: on a phone or a desk, with or without JavaScript."""
    size: Any = PHONE if phone else DESK
    context = await browser.new_context(
        java_script_enabled=scripts, viewport=size, has_touch=phone, is_mobile=phone, **{"locale": "en-GB", **more}
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        tab = Tab(await context.new_page())
        tab.listen()
        yield tab
    finally:
        await context.close()
