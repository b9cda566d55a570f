"""A page that grows: sent as it comes about, without a length, and cancelled with its reader."""

from __future__ import annotations

import asyncio
from typing import Any

from postroom.web.dashboard.growing import GrowingPage, Put

HEADERS = {"content-length": "5", "content-type": "text/html", "content-security-policy": "default-src 'none'"}


async def never() -> Any:
    await asyncio.Event().wait()


async def test_each_piece_is_sent_at_once() -> None:
    sent: list[Any] = []
    seen: list[int] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def write(put: Put) -> None:
        for piece in ("one", "two"):
            await put(piece)
            seen.append(len(sent))

    page = GrowingPage(HEADERS, write)
    await page({"type": "http"}, never, send)
    start, *bodies = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert "content-length" not in headers
    assert headers["content-security-policy"] == "default-src 'none'"
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert [(each["body"], each["more_body"]) for each in bodies] == [(b"one", True), (b"two", True), (b"", False)]
    assert seen == [2, 3]


async def test_the_work_ends_with_its_reader() -> None:
    ended: list[str] = []

    async def send(message: Any) -> None:
        pass

    async def leave() -> Any:
        return {"type": "http.disconnect"}

    async def write(put: Put) -> None:
        try:
            await put("one")
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async with asyncio.timeout(30):
        await GrowingPage(HEADERS, write)({"type": "http"}, leave, send)
    assert ended in (["cancelled"], []), "it may not even have begun"


async def test_an_error_in_the_middle_ends_the_page_and_is_not_told_to_the_reader() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def write(put: Put) -> None:
        await put("one")
        raise RuntimeError("a secret")

    await GrowingPage(HEADERS, write)({"type": "http"}, never, send)
    assert [message.get("body") for message in sent] == [None, b"one", b""]
    sent.clear()
    await GrowingPage(HEADERS, write, "It broke.")({"type": "http"}, never, send)
    assert [message.get("body") for message in sent] == [None, b"one", b"It broke.", b""]
