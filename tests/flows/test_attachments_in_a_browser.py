"""Attachments that carry scripts, opened by their address in a real Chromium: they are saved, and never run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page, Route

from tests.api.handlers.mail.hard_cases import PLAIN, part, several
from tests.flows.gateway import TOKEN, Gateway, imap
from tests.live.chromium import browsing
from tests.live.dovecot import Dovecot

pytestmark = [pytest.mark.dovecot, pytest.mark.asyncio(loop_scope="session")]

USER = "scripts@example.test"
RUN = "document.documentElement.setAttribute('data-ran', '1'); fetch('/ran')"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><script>{RUN}</script><text y="20">words</text></svg>'
XHTML = f'<html xmlns="http://www.w3.org/1999/xhtml"><head><script>{RUN}</script></head><body>words</body></html>'
HTML = f'<!doctype html><html><body onload="{RUN}">words<script>{RUN}</script></body></html>'
FILES = {
    "text/html": HTML,
    "image/svg+xml": SVG,
    "application/xhtml+xml": XHTML,
    "text/xml": XHTML,
    # These are no documents, and the browser must not take them for any.
    "application/octet-stream": HTML,
    "text/plain": HTML,
    "application/pdf": HTML,
}


@pytest_asyncio.fixture(loop_scope="session")
async def addresses(gateway: Gateway, dovecot: Dovecot) -> AsyncIterator[dict[str, str]]:
    """The address of an attachment of each type, as a link on a page has it."""
    files = [part(kind, content, "Content-Disposition: inline; filename=file") for kind, content in FILES.items()]
    message = b"Subject: scripts\r\nMIME-Version: 1.0\r\n" + several("mixed", PLAIN, *files)
    await asyncio.to_thread(dovecot.deliver, USER, message)
    await gateway.register(USER, imap(dovecot, USER))
    await gateway.reaches(USER, "connected")
    listed = await gateway.ask("GET", f"{gateway.path(USER)}/messages?path=INBOX")
    ids = {each["contentType"]: each["id"] for each in listed["messages"][0]["attachments"]}
    at = f"{gateway.url}{gateway.path(USER)}/attachment"
    yield {kind: f"{at}/{ids[kind]}?access_token={quote(TOKEN)}" for kind in FILES}


async def ran(page: Page) -> bool:
    """Whether the script of an attachment ran, in the page or in a frame of it."""
    found = [await frame.evaluate("document.documentElement.hasAttribute('data-ran')") for frame in page.frames]
    return any(found)


async def without(name: str, route: Route) -> None:
    """Pass an answer on without one of its headers."""
    response = await route.fetch()
    await route.fulfill(response=response, headers={k: v for k, v in response.headers.items() if k.lower() != name})


async def test_an_attachment_is_saved_and_not_opened(chromium: Browser, addresses: dict[str, str]) -> None:
    async with browsing(chromium, scripts=True) as tab:
        for kind, address in addresses.items():
            async with tab.page.expect_download() as saved:
                # The browser says that there is no page.
                with contextlib.suppress(Error):
                    await tab.page.goto(address)
            download = await saved.value
            assert (await download.path()).read_text() == FILES[kind]
            assert tab.page.url == "about:blank"
        assert not any("/ran" in url for _, url in tab.answers)


async def test_an_attachment_that_is_opened_all_the_same_runs_nothing(
    chromium: Browser, addresses: dict[str, str]
) -> None:
    """A proxy or another program may take the header away that makes the browser save the file."""
    async with browsing(chromium, scripts=True) as tab:
        await tab.page.route("**/attachment/**", lambda route: without("content-disposition", route))
        for kind, address in addresses.items():
            if kind == "application/octet-stream":
                continue
            shown: Any = await tab.page.goto(address)
            assert "attachment/" in tab.page.url
            assert "content-disposition" not in shown.headers
            await tab.page.wait_for_load_state()
            assert not await ran(tab.page), kind
        assert not any("/ran" in url for _, url in tab.answers)


async def test_without_its_protection_the_script_would_run(chromium: Browser, addresses: dict[str, str]) -> None:
    """The tests above can fail."""

    async def bare(route: Route) -> None:
        response = await route.fetch()
        await route.fulfill(response=response, headers={"content-type": response.headers["content-type"]})

    async with browsing(chromium, scripts=True) as tab:
        await tab.page.route("**/attachment/**", bare)
        for kind in ("text/html", "image/svg+xml", "application/xhtml+xml"):
            await tab.page.goto(addresses[kind])
            await tab.page.wait_for_load_state()
            assert await ran(tab.page), kind


async def test_an_attachment_in_a_frame_of_another_page_runs_nothing(
    chromium: Browser, addresses: dict[str, str]
) -> None:
    async with browsing(chromium, scripts=True) as tab:
        for kind in ("text/html", "image/svg+xml"):
            for tag in (f'<iframe src="{addresses[kind]}"></iframe>', f'<object data="{addresses[kind]}"></object>'):
                await tab.page.set_content(f"<!doctype html><p>page{tag}")
                await tab.page.wait_for_load_state()
                assert not await ran(tab.page), (kind, tag)
        assert not any("/ran" in url for _, url in tab.answers)
