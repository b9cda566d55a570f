"""The reference as people read it: a real browser, with and without JavaScript, and the commands it prints, run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.fakes.curl import run
from tests.flows.gateway import TOKEN, Gateway
from tests.live.chromium import Tab, browsing

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDTH = 390
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
OPEN_ALL = "for (const each of document.querySelectorAll('details')) each.open = true"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """A gateway of its own, since its commands are run."""
    async with Gateway(tmp_path_factory.mktemp("reference")) as running:
        yield running
        assert [line for line in running.log if "Traceback" in line] == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reader(chromium: Browser, gateway: Gateway) -> AsyncIterator[Tab]:
    """The reference on a desk, with JavaScript. It is a large page, which takes a browser two seconds."""
    async with browsing(chromium, scripts=True, permissions=["clipboard-read", "clipboard-write"]) as opened:
        await opened.page.goto(f"{gateway.url}/docs")
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def tab(reader: Tab) -> AsyncIterator[Tab]:
    """That page with nothing searched for; the console must stay empty."""
    await reader.page.fill("#search", "")
    await expect(reader.page.get_by_role("status")).to_be_hidden()
    await reader.page.evaluate("document.activeElement.blur()")
    yield reader
    assert reader.complaints == []


async def operations(gateway: Gateway) -> dict[str, dict[str, Any]]:
    """The operations of the document by their names, in its order."""
    paths = (await gateway.ask("GET", "/openapi.json"))["paths"].values()
    return {operation["operationId"]: operation for path in paths for operation in path.values()}


async def shown(tab: Tab) -> list[str]:
    """The operations that can be seen."""
    found: list[str] = await tab.page.eval_on_selector_all(
        ".operation", "all => all.filter(each => each.checkVisibility()).map(each => each.id)"
    )
    return found


@pytest.mark.parametrize("scripts", [True, False])
async def test_on_a_phone_nothing_is_too_wide(chromium: Browser, gateway: Gateway, scripts: bool) -> None:
    async with browsing(chromium, scripts=scripts, phone=True) as tab:
        await tab.page.set_viewport_size({"width": WIDTH, "height": 844})
        await tab.page.goto(f"{gateway.url}/docs")
        for opens in (None, OPEN_ALL):
            if opens:
                await tab.page.evaluate(opens)
            for scheme in SCHEMES:
                await tab.page.emulate_media(color_scheme=scheme)
                assert not await tab.is_too_wide()
        # A mobile browser would rather zoom out than let a page be moved.
        assert await tab.page.evaluate("innerWidth") == WIDTH
        assert tab.complaints == []


async def test_without_javascript_everything_can_be_read(chromium: Browser, gateway: Gateway) -> None:
    async with browsing(chromium) as tab:
        await tab.page.goto(f"{gateway.url}/docs")
        assert await shown(tab) == list(await operations(gateway))
        await expect(tab.page.locator("#search")).to_be_hidden()
        hidden = tab.page.locator("#registerAccount").get_by_text("The oldest accepted version").first
        await expect(hidden).to_be_hidden()
        await tab.page.locator("#registerAccount .inside summary").first.click()
        await tab.page.locator("#registerAccount .inside .inside summary").nth(1).click()
        await expect(hidden).to_be_visible()
        assert tab.complaints == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("/v1/webhooks/{id}/rotate", ["rotateWebhookSecret"]),
        ("drainNode", ["drainNode"]),
        ("Find mail SERVERS", ["findServers"]),
        (
            "resyncDelay",
            ["registerAccount", "getAccount", "updateAccount", "verifyAccount", "diagnoseSettings"],
        ),
        ("put account reconnect", ["reconnectAccount", "disconnectAccount"]),
        ("no such thing", []),
    ],
)
async def test_the_search_narrows_what_is_shown(tab: Tab, words: str, found: list[str]) -> None:
    everything = await shown(tab)
    await tab.page.keyboard.press("/")
    await tab.page.keyboard.type(words)
    told = tab.page.get_by_role("status")
    await expect(told).to_contain_text(f"{len(found)} of {len(everything)}" if found else "No operation has")
    assert await shown(tab) == found
    assert await tab.page.locator(".menu li:visible").count() == len(found)
    await tab.page.keyboard.press("Escape")
    await expect(told).to_be_hidden()
    assert await shown(tab) == everything


async def test_a_field_that_was_searched_for_is_opened_and_marked(tab: Tab) -> None:
    field = tab.page.locator("#registerAccount [data-field='imap.resyncdelay']")
    await expect(field).to_be_hidden()
    await tab.page.fill("#search", "resyncDelay")
    await expect(field).to_be_visible()
    await expect(field).to_have_class("hit")
    await tab.page.fill("#search", "")
    await expect(field).to_be_hidden()


async def test_the_menu_says_where_the_reader_is(tab: Tab) -> None:
    await tab.page.locator(".menu").get_by_text("Check that the gateway works").click()
    current = tab.page.locator(".menu [aria-current]")
    await expect(current).to_contain_text("Check that the gateway works")
    await expect(current).to_be_in_viewport()


async def test_backticks_are_code(tab: Tab) -> None:
    await expect(tab.page.locator("#listAccounts .told > p > code").last).to_have_text("metadata.KEY=VALUE")
    assert "`" not in await tab.page.locator(".told").all_inner_texts()


@pytest.mark.parametrize("operation", ["getSettings", "registerOauthApp"])
async def test_a_copied_command_runs_and_gets_the_status_that_is_shown(
    tab: Tab, gateway: Gateway, operation: str
) -> None:
    figure = tab.page.locator(f"#{operation} .curl")
    await figure.get_by_role("button", name="Copy").click()
    await expect(figure.get_by_role("button", name="Copied")).to_be_visible()
    copied = await tab.page.evaluate("navigator.clipboard.readText()")
    assert gateway.url in copied
    status, body = await run(copied, TOKEN)
    (shown_status,) = await tab.page.locator(f"#{operation} figcaption span").all_inner_texts()
    assert (str(status), body[:1]) == (shown_status, "{")
