"""An operator reads hostile mail in Chromium, sends a test message, and decides an unknown one: real mail servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.flows.gateway import Gateway, imap
from tests.flows.test_account_in_a_browser import ADMIN
from tests.live.barriers import barriers
from tests.live.chromium import PATIENCE_MS, Tab, browsing
from tests.live.dovecot import Dovecot
from tests.live.mailboxes import contents
from tests.live.postfix import Postfix
from tests.web.dashboard.mail.hostile import MARK, hostile_message

pytestmark = [
    pytest.mark.dovecot,
    pytest.mark.postfix,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="session"),
]

USER = "mail-reader@example.test"
FRIEND = "friend-of-reader@example.test"
LETTERS = "/dashboard/accounts/mail-reader%40example.test/mail"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """A gateway with a dashboard, whose password is set."""
    folder: Path = tmp_path_factory.mktemp("gateway")
    async with Gateway(folder, admin_password=ADMIN) as running:
        yield running
        assert not [line for line in running.log if "Traceback" in line]


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, list[str]]]:
    """A web server on loopback that notes each request."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line:
            asked.append(line.decode().split()[1])
        page = b"<title>Elsewhere</title>"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + page)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


async def sign_in(tab: Tab, gateway: Gateway, path: str) -> Page:
    page = tab.page
    await page.goto(gateway.url + path)
    await page.get_by_label("Password").fill(ADMIN)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(gateway.url + path)
    # Whatever is asked for in a dialog is noticed: a page of ours never does that.
    page.on("dialog", lambda dialog: tab.complaints.append(dialog.message))
    return page


def complaints(tab: Tab) -> list[str]:
    """What the console says, but for this test itself, which looks into the frame: scripts are refused there."""
    return [each for each in tab.complaints if not each.startswith("Blocked script execution in")]


async def test_hostile_mail_is_read_without_harm(chromium: Browser, gateway: Gateway, dovecot: Dovecot) -> None:
    async with listening() as (listener, asked), browsing(chromium, scripts=True) as tab:
        await asyncio.to_thread(dovecot.deliver, USER, hostile_message(listener))
        plain = b"From: Bo <bo@example.test>\r\nSubject: Plain news\r\n\r\nnothing special\r\n"
        await asyncio.to_thread(dovecot.deliver, USER, plain, flags=("\\Seen", "\\Answered"))
        await gateway.register(USER, imap(dovecot, USER), email=USER)
        await gateway.reaches(USER, "connected")
        page = await sign_in(tab, gateway, "/dashboard/accounts/mail-reader%40example.test")
        await page.get_by_role("link", name="Mail", exact=True).click()
        await expect(page.locator(".letters li")).to_have_count(2)
        await expect(page.locator(".letters li").nth(0)).to_contain_text("Plain news")
        await expect(page.get_by_role("img", name="Answered")).to_have_count(1)
        await expect(page.get_by_role("img", name="4 files")).to_have_count(1)
        await page.get_by_label("Search this folder").fill("turned round")
        await page.get_by_role("button", name="Search").click()
        await expect(page.locator(".letters li")).to_have_count(1)
        await page.locator(".letters a").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(f"Hello {MARK} gnp.exe X-Injected: yes")
        title = await page.title()
        assert title.startswith("Hello <img")
        # The HTML is there, and nothing of it does anything.
        await page.wait_for_load_state("load")
        assert tab.complaints == [], "nothing in it even tried to run or to load"
        letter = page.frame_locator("iframe.letter")
        await expect(letter.get_by_text("A cover")).to_be_visible()
        picture = letter.get_by_role("img", name="A picture of the mail")
        assert await picture.evaluate("each => each.naturalWidth") == 1, "the picture that the mail carries is shown"
        await expect(
            letter.locator("form, input, iframe, object, embed, video, audio, svg, script, base")
        ).to_have_count(0)
        await letter.get_by_text("A script link").click()
        await letter.get_by_text("A data link").click()
        await page.wait_for_timeout(500)
        assert asked == []
        assert await page.title() == title
        # A link opens a tab of its own, which cannot reach this one.
        async with page.expect_popup() as opened:
            await letter.get_by_text("A plain link").click()
        other = await opened.value
        await other.wait_for_url(f"{listener}/page")
        assert await other.evaluate("window.opener") is None
        assert await other.evaluate("document.referrer") == ""
        await other.close()
        assert [each for each in asked if each != "/favicon.ico"] == ["/page"]
        await files_are_saved_and_never_shown(page)
        await page.get_by_role("link", name="Text", exact=True).click()
        await expect(page.locator("pre.plain-text")).to_contain_text(f"Plain {MARK}")
        await page.get_by_role("link", name="Headers", exact=True).click()
        await expect(page.get_by_role("table")).to_contain_text("<hostile@example.test>")
        assert complaints(tab) == []
        # A second profile of the same kind would show the same: this one goes back to the list.
        await page.goto(gateway.url + LETTERS)
        await list_and_letter_are_sound(tab, "light", "dark")
    async with browsing(chromium, scripts=True, phone=True) as tab:
        await sign_in(tab, gateway, LETTERS)
        await list_and_letter_are_sound(tab, "light")


async def list_and_letter_are_sound(tab: Tab, *schemes: Literal["light", "dark"]) -> None:
    await is_sound(tab, *schemes)
    await tab.page.get_by_text("gnp.exe").click()
    await expect(tab.page.frame_locator("iframe.letter").get_by_text("A cover")).to_be_visible()
    await is_sound(tab, *schemes)


async def is_sound(tab: Tab, *schemes: Literal["light", "dark"]) -> None:
    for scheme in schemes:
        # Colours change at once for whoever wants less motion; axe would meet colours on their way.
        await tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert await barriers(tab.page) == [], scheme
        assert not await tab.is_too_wide()
        assert complaints(tab) == []


async def files_are_saved_and_never_shown(page: Page) -> None:
    links = page.locator(".files a")
    names = [(await each.inner_text()).strip() for each in await links.all()]
    assert names[0] == "script_.html"
    assert names[1] == "agnp.exe"
    assert len(names[2]) <= 200
    assert names[3] == "page.html"
    async with page.expect_download() as saved:
        await links.nth(3).click()
    download = await saved.value
    assert download.suggested_filename == "page.html"
    path = await links.nth(3).get_attribute("href")
    answer = await page.request.get(f"{page.url.partition('/dashboard')[0]}{path}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert await answer.body() == b"<script>alert(9)</script>"


async def test_a_message_is_sent_and_watched_and_an_unknown_one_is_decided(
    chromium: Browser, gateway: Gateway, postfix: Postfix
) -> None:
    sender, unsure = "mail-sender@example.test", "mail-unsure@example.test"
    smtp = imap(postfix, sender, postfix.dovecot.password)
    await gateway.register(sender, imap(postfix.dovecot, sender), email=sender, smtp=smtp)
    await gateway.reaches(sender, "connected")
    async with FakeSmtpServer() as losing, browsing(chromium, scripts=True) as tab:
        page = await sign_in(tab, gateway, "/dashboard/accounts/mail-sender%40example.test/test-message")
        assert await barriers(page) == []
        await page.get_by_label("To").fill("nobody, " + FRIEND)
        await page.get_by_label("Subject").fill("From the dashboard")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator(".problem")).to_contain_text("e-mail address")
        await expect(page.get_by_label("Subject")).to_have_value("From the dashboard")
        await page.get_by_label("To").fill(FRIEND)
        await page.get_by_role("button", name="Send").click()
        await page.wait_for_url("**/dashboard/outbox/*")
        await page.evaluate("window.marked = true")
        await expect(page.locator("#message")).to_contain_text("The mail server took it", timeout=PATIENCE_MS)
        await expect(page.locator("#message ol")).to_contain_text(f"The mail server took it for {FRIEND}")
        assert await page.evaluate("window.marked"), "the page was never loaded again"
        await eventually(lambda: len(contents(postfix.dovecot, FRIEND)) == 1, 60)
        assert await barriers(page) == []
        # The answer to a message is lost after its end, so nobody knows whether it was sent.
        losing.drop_on("END")
        await gateway.register(unsure, False, email=unsure, smtp=imap(losing, unsure))
        queued = await gateway.ask(
            "POST",
            f"{gateway.path(unsure)}/submit",
            {"to": [{"address": FRIEND}], "subject": f"Perhaps {MARK}", "text": "…"},
        )
        await page.get_by_role("link", name="Outbox").first.click()
        await expect(page.locator("[data-message]")).to_have_count(2)
        row = page.locator(f"[data-message='{queued['queueId']}']")
        await expect(row).to_contain_text("Unknown", timeout=PATIENCE_MS)
        assert await barriers(page) == []
        await page.get_by_role("link", name="Unknown").first.click()
        await expect(page.locator("[data-message]")).to_have_count(1)
        await row.get_by_role("link", name="Perhaps").click()
        await expect(page.get_by_text("It is not known whether it was sent")).to_be_visible()
        await expect(page.locator("#message ol")).to_contain_text("The outcome of the attempt is not known")
        assert await barriers(page) == []
        losing.behave()
        await page.get_by_role("button", name="Send it again…").click()
        dialog = page.get_by_role("dialog", name="Send it again?")
        await expect(dialog).to_contain_text("they get it twice")
        assert await barriers(page) == []
        await dialog.get_by_role("button", name="Send it again").click()
        await expect(page.locator("#message")).to_contain_text("The mail server took it", timeout=PATIENCE_MS)
        await expect(page.locator("#message ol")).to_contain_text("Somebody decided to send it again")
        assert losing.copies_of(queued["messageId"]) == 1
        assert [each for each in tab.complaints if not each.startswith("htmx:")] == []
    await pages_need_no_script(chromium, gateway, f"/dashboard/outbox/{queued['queueId']}")


async def pages_need_no_script(chromium: Browser, gateway: Gateway, path: str) -> None:
    looks: dict[bool, tuple[Literal["light", "dark"], ...]] = {False: ("light", "dark"), True: ("light",)}
    for phone, schemes in looks.items():
        async with browsing(chromium, phone=phone) as tab:
            page = await sign_in(tab, gateway, path)
            await fits(tab, *schemes)
            await page.get_by_role("link", name="Outbox").locator("visible=true").first.click()
            await expect(page.locator("[data-message]")).to_have_count(2)
            await fits(tab, *schemes)
            assert tab.complaints == []


async def fits(tab: Tab, *schemes: Literal["light", "dark"]) -> None:
    for scheme in schemes:
        await tab.page.emulate_media(color_scheme=scheme)
        assert not await tab.is_too_wide(), scheme
