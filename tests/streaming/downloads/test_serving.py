"""A content is answered as the request asks: with the type that the caller of `serve` chose, in part, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from starlette.requests import Request

from postroom.mailboxes.downloads.content import IrregularContent
from postroom.mailboxes.downloads.named import Named
from postroom.mailboxes.downloads.opened import OpenContent
from postroom.streaming.downloads.ranges import RangeNotSatisfiable
from postroom.streaming.downloads.serving import Opening, is_partly, serve

NAMED = Named("2", 5, None, "text/html", "utf-8", "a\r\nb\u202e.html")


class Text:
    """Octets that are read at once; the first reading of `irregular` ones fails."""

    def __init__(self, octets: bytes, *, irregular: bool = False) -> None:
        self.octets, self.length, self.irregular = octets, len(octets), irregular

    async def read(self) -> bytes:
        if self.irregular:
            raise IrregularContent
        piece, self.octets = self.octets, b""
        return piece

    def gives_way(self) -> bool:
        return False


class Opened:
    """A content as `open_content` returns it."""

    def __init__(self, *, irregular: bool) -> None:
        self.named, self.tag, self.total, self.irregular = NAMED, "t1", 5, irregular

    def read_all(self) -> Text:
        return Text(b"hello", irregular=self.irregular)

    def read_part(self, start: int, length: int) -> Text:
        return Text(b"hello"[start : start + length])

    async def counted(self, _until: int | None) -> Opened:
        return self

    def stay(self) -> None:
        """Nothing ends here."""


def opening(*, irregular_tries: int = 0) -> tuple[Opening, list[str]]:
    """Return a content to open, and what happens to it."""
    told: list[str] = []

    @asynccontextmanager
    async def open_it() -> AsyncIterator[OpenContent]:
        told.append("opened")
        yield cast("OpenContent", Opened(irregular=told.count("opened") <= irregular_tries))
        told.append("left")

    return open_it, told


def request(method: str = "GET", **headers: str) -> Request:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "path": "/", "headers": sent, "http_version": "1.1"})


async def body_of(response: Any) -> bytes:
    pieces: list[bytes] = []

    async def receive() -> Any:
        raise AssertionError("the client stays")

    async def send(message: Any) -> None:
        pieces.append(message.get("body", b""))

    await response({"type": "http", "method": "HEAD", "route": "/"}, receive, send)
    return b"".join(pieces)


async def test_headers_are_safe_and_the_type_is_the_callers() -> None:
    open_it, told = opening()
    answer = await serve(request(), open_it, kind="application/octet-stream")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="a b.html"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["content-length"] == "5"
    assert told == ["opened"], "the session is kept until the answer ends"
    assert await body_of(answer) == b""
    assert told == ["opened", "left"]


async def test_without_a_type_it_is_that_of_the_part() -> None:
    answer = await serve(request(), opening()[0])
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_range_is_a_part() -> None:
    answer = await serve(request(range="bytes=1-2"), opening()[0])
    assert (answer.status_code, answer.headers["content-range"]) == (206, "bytes 1-2/5")
    with pytest.raises(RangeNotSatisfiable):
        await serve(request(range="bytes=9-"), opening()[0])


async def test_what_is_known_is_not_sent_again() -> None:
    open_it, told = opening()
    answer = await serve(request(if_none_match='"t1"'), open_it)
    assert (answer.status_code, told) == (304, ["opened", "left"])


async def test_an_irregular_content_is_opened_once_more() -> None:
    open_it, told = opening(irregular_tries=1)
    assert (await serve(request(), open_it)).status_code == 200
    assert told.count("opened") == 2
    with pytest.raises(IrregularContent):
        await serve(request(), opening(irregular_tries=2)[0])


def test_a_head_and_a_range_ask_for_a_part() -> None:
    assert is_partly(request("HEAD"))
    assert is_partly(request(range="bytes=0-1"))
    assert not is_partly(request())
