"""A receiver that fails and is mended, as an operator sees it in Chromium."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from postroom.events.types import AccountEvent
from postroom.streaming import page_feed
from postroom.webhooks import retry
from postroom.webhooks.endpoints.change import EndpointChange
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import respond
from tests.live.barriers import barriers
from tests.live.chromium import PATIENCE_MS, Tab
from tests.web.dashboard.visits import HOSTILE
from tests.web.dashboard.webhooks.posting import Posting, open_posting

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def posting(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Posting]:
    """A dashboard with a receiver, in the loop of the browser."""
    async with open_posting(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_feed, "PACE", 0.05)


async def is_sound(tab: Tab, *schemes: Literal["light", "dark"]) -> None:
    for scheme in schemes:
        # Colours change at once for whoever wants less motion; axe would meet colours on their way.
        await tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert not await tab.is_too_wide()
        assert await barriers(tab.page) == [], scheme
        assert tab.complaints == []


async def test_a_receiver_is_mended_and_the_page_turns_delivered(
    posting: Posting, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0.05)
    posting.receiver.answer_with(respond(500, HOSTILE.encode() + b"\x1b[31m" + b"x" * 1_000_000))
    async with posting.house.delivering(), posting.site.browse(chromium, scripts=True) as tab:
        await posting.house.announce_numbers("anna", 1)
        await posting.receiver.wait_for_count(1)
        await posting.house.wait_for_states("pending")
        page = tab.page
        await page.goto(f"{posting.site.base}/dashboard/events")
        await page.locator("[data-event]", has_text="connectError").get_by_role("link", name="connectError").click()
        await page.get_by_role("link", name="Tried again").or_(page.get_by_role("link", name="pauses")).click()
        await expect(page.locator("#now")).to_contain_text("500 Internal Server Error", timeout=PATIENCE_MS)
        await expect(page.get_by_role("heading", level=2).first).to_be_visible()
        assert await page.evaluate("document.querySelectorAll('#now img, #now script').length") == 0
        await page.evaluate("window.isTheSamePage = true")
        posting.receiver.answer_with(respond(204))
        await page.get_by_role("button", name="Send again…").click()
        await page.get_by_role("button", name="Send it again").click()
        await expect(page.get_by_text("It is sent again now")).to_be_visible()
        await page.evaluate("window.isTheSamePage = true")
        await expect(page.locator('#now [data-state="delivered"]').first).to_be_visible(timeout=PATIENCE_MS)
        assert await page.evaluate("window.isTheSamePage")
        await expect(page.locator("[data-try]").last).to_contain_text("204")
        assert [each for each in tab.complaints if not each.startswith("htmx:")] == []


async def test_new_events_appear_by_themselves(posting: Posting, chromium: Browser) -> None:
    async with posting.site.browse(chromium, scripts=True) as tab:
        await tab.page.goto(f"{posting.site.base}/dashboard/events")
        await eventually(lambda: len(posting.site.gateway.api.streams.seats) == 1)
        await tab.page.evaluate("window.isTheSamePage = true")
        await posting.house.announce("bert", [AccountEvent("connectError", {"response": HOSTILE})])
        await expect(tab.page.locator("[data-event]").first).to_contain_text("alert(1)", timeout=PATIENCE_MS)
        assert await tab.page.evaluate("window.isTheSamePage")


async def test_an_endpoint_is_added_and_tested_without_scripts(posting: Posting, chromium: Browser) -> None:
    async with posting.site.browse(chromium, phone=True) as tab:
        page = tab.page
        await page.goto(f"{posting.site.base}/dashboard/webhooks")
        await page.get_by_role("link", name="Add an endpoint").click()
        await page.get_by_label("URL").fill(posting.receiver.url_for("/new"))
        await page.get_by_label("What it is for").fill("Orders")
        await page.get_by_label("messageNew").check()
        await page.get_by_role("button", name="Add the endpoint").click()
        await expect(page.locator("code").first).to_contain_text("whsec_")
        await page.get_by_role("link", name="To the endpoint").click()
        await page.get_by_role("button", name="Test").click()
        await expect(page.get_by_text("The test event arrived")).to_be_visible()
        await page.get_by_role("link", name="Edit").click()
        await page.get_by_label("What it is for").fill("Orders of the shop")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Orders of the shop")
        await page.get_by_role("button", name="Pause…").click()
        await page.get_by_role("button", name="Switch it off").click()
        await expect(page.locator("#standing")).to_contain_text("It is switched off")
        assert tab.complaints == []


async def test_every_page_is_for_everybody(posting: Posting, chromium: Browser) -> None:
    endpoint = await posting.add(EndpointChange(description="Orders", events=("messageNew",), accounts=("anna",)))
    posting.receiver.next_answers(respond(410, b"no more"), respond(500, b"busy"))
    async with posting.house.delivering():
        await posting.house.announce_numbers("anna", 1, 2)
        await posting.house.announce_numbers("bert", 3)
        await posting.receiver.wait_for_count(1)
        await asyncio.wait_for(posting.house.wait_until_routed(), 60)
    delivery = (await posting.house.rows())[0]
    paths = (
        "webhooks",
        "webhooks/add",
        f"webhooks/{endpoint}",
        f"webhooks/{endpoint}/edit",
        "webhooks/global",
        f"deliveries/{delivery.id}",
        "events",
        f"events/{delivery.event_seq}",
    )
    looks: dict[bool, tuple[Literal["light", "dark"], ...]] = {False: ("light", "dark"), True: ("light",)}
    for phone, schemes in looks.items():
        async with posting.site.browse(chromium, scripts=True, phone=phone) as tab:
            for path in paths:
                await tab.page.goto(f"{posting.site.base}/dashboard/{path}")
                await is_sound(tab, *schemes)
