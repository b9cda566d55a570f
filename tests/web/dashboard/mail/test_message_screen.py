"""One message: what is shown of it, the frame around its HTML, and files that no browser runs."""

from __future__ import annotations

import re
from html import unescape

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.mail import list_screen, message_screen
from tests.web.dashboard.desk_site import DeskSite
from tests.web.dashboard.mail.conftest import REAL, Deliver
from tests.web.dashboard.mail.hostile import hostile_message
from tests.web.dashboard.visits import text_of, visit

LISTENER = "http://127.0.0.1:9"
BASE = "/dashboard/accounts/c%2Fd"


async def the_message(desk: Desk) -> str:
    """Return the id of the newest message."""
    text = text_of(await list_screen.show(desk, visit(account=REAL)))
    return str(re.findall(r'/mail/([A-Za-z0-9_-]{11})"', text)[0])


async def shown(desk: Desk, way: str = "") -> str:
    answer = await message_screen.show(desk, visit(query={"show": way}, account=REAL, message=await the_message(desk)))
    assert answer.status_code == 200
    return text_of(answer)


async def test_html_is_in_a_frame_that_can_do_nothing(desk: Desk, deliver: Deliver) -> None:
    await deliver(hostile_message(LISTENER))
    message = await the_message(desk)
    answer = await message_screen.show(desk, visit(account=REAL, message=message))
    text = text_of(answer)
    frame = re.findall(r"<iframe [^>]*>", text)
    assert len(frame) == 1
    assert f'src="{BASE}/mail/{message}/html"' in frame[0]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame[0]
    assert "frame-src 'self'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert "<script>alert" not in text
    assert "\u202e" not in text


async def test_the_framed_document_has_a_policy_of_its_own(desk: Desk, deliver: Deliver) -> None:
    await deliver(hostile_message(LISTENER))
    answer = await message_screen.html(desk, visit(account=REAL, message=await the_message(desk)))
    policy = answer.headers["content-security-policy"].split("; ")
    assert policy == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    ]
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    text = text_of(answer)
    assert "A cover" in text
    assert "data:image/png;base64," in text
    for dangerous in ("<script", "<form", "onload", "http-equiv=", "<iframe", f' src="{LISTENER}'):
        assert dangerous not in text


async def test_text_and_headers_are_shown_as_text(desk: Desk, deliver: Deliver) -> None:
    await deliver(hostile_message(LISTENER))
    text = await shown(desk, "text")
    assert "Plain &lt;img src=x onerror=alert(1)&gt;" in text
    assert "second line" in text
    assert "<iframe" not in text
    headers = await shown(desk, "headers")
    assert "&lt;hostile@example.test&gt;" in headers
    assert "<img src=x" not in headers


async def test_a_message_of_plain_text_alone_has_no_frame(desk: Desk, deliver: Deliver) -> None:
    await deliver(b"From: a@b\r\nSubject: s\r\n\r\nonly words")
    text = await shown(desk)
    assert "only words" in text
    assert "<iframe" not in text
    assert "show=html" not in text


async def test_reading_does_not_mark_a_message_as_read(desk: Desk, deliver: Deliver) -> None:
    await deliver(hostile_message(LISTENER))
    for way in ("html", "text", "headers"):
        assert "Unread" in await shown(desk, way)
    assert "Unread" in await shown(desk)


async def test_files_are_saved_and_not_shown(site: DeskSite, desk: Desk, deliver: Deliver) -> None:
    await deliver(hostile_message(LISTENER))
    message = await the_message(desk)
    text = await shown(desk)
    names = [unescape(each) for each in re.findall(r"</svg><span>([^<]*)</span></a> <span", text)]
    assert [each[:20] for each in names] == ["script_.html", "agnp.exe", "n" * 20, "page.html"]
    assert max(map(len, names)) == 200
    attached = re.findall(rf'{BASE}/attachments/([^"]+)"', text)
    async with site.operator() as person:
        for path in (f"attachments/{attached[0]}", f"attachments/{attached[-1]}", f"mail/{message}/source"):
            answer = await person.open(f"{BASE}/{path}")
            assert answer.status == 200
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["content-disposition"].startswith("attachment; ")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert "sandbox" in answer.headers["content-security-policy"]
        part = await person.open(f"{BASE}/attachments/{attached[-1]}", range="bytes=0-6")
        assert (part.status, part.text) == (206, "<script")
        assert (await person.open(f"{BASE}/attachments/{attached[-1]}", range="bytes=999-")).status == 416


async def test_strangers_see_neither_the_frame_nor_files(site: DeskSite, desk: Desk, deliver: Deliver) -> None:
    await deliver(hostile_message(LISTENER))
    message = await the_message(desk)
    async with site.stranger() as stranger:
        for path in (f"mail/{message}", f"mail/{message}/html", f"mail/{message}/source", "attachments/x", "mail"):
            answer = await stranger.open(f"{BASE}/{path}")
            assert (answer.status, answer.headers["x-frame-options"]) == (303, "DENY")
            assert "/dashboard/sign-in" in answer.location


@pytest.mark.parametrize("message", ["nonsense", "AAAAAQAAAAk", "9" * 5000, "a/b"])
async def test_a_message_that_is_not_there(desk: Desk, deliver: Deliver, message: str) -> None:
    await deliver(b"Subject: another\r\n\r\nx")
    for screen in (message_screen.show, message_screen.html, message_screen.source):
        answer = await screen(desk, visit(account=REAL, message=message))
        assert answer.status_code == 404
        assert "There is no such message" in text_of(answer)
    answer = await message_screen.attachment(desk, visit(account=REAL, attachment=message))
    assert answer.status_code == 404


async def test_an_unknown_account_is_not_found(desk: Desk) -> None:
    for page in message_screen.PAGES:
        with pytest.raises(AccountNotFound):
            await page.screen(desk, visit(account="nobody", message="x", attachment="x"))
