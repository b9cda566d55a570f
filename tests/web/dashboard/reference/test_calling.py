"""A call inside the process: bounded in time and size, with the visitor's address and without the visitor's cookies."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from postroom.access.insiders import Insider, insider_in
from postroom.web.dashboard.reference import calling
from postroom.web.dashboard.reference.asked import AskedCall

ASKED = AskedCall("POST", "/v1/account/a%2Fb", "page=1", (("if-match", '"3"'),), b"{}")
HEADERS = [(b"cookie", b"postroom_session=s"), (b"host", b"x.example"), (b"authorization", b"Bearer t")]
REQUEST = Request({"type": "http", "method": "POST", "path": "/", "headers": HEADERS, "client": ("192.0.2.1", 1)})


def answering(*pieces: bytes, length: int | None = None, seen: list[Any] | None = None) -> ASGIApp:
    """An application that answers in pieces, and notes its scope, the body, and how it ended."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        noted = seen if seen is not None else []
        noted += [scope, (await receive())["body"]]
        headers = [(b"Content-Type", b"text/plain")] + ([(b"content-length", str(length).encode())] if length else [])
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        try:
            for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(0)
            await send({"type": "http.response.body", "body": b""})
        finally:
            noted.append("ended")

    return application


async def test_the_call_is_the_one_that_was_asked_for_and_names_the_visitor() -> None:
    seen: list[Any] = []
    found = await calling.call(answering(b"ab", b"c", seen=seen), ASKED, REQUEST, "jo")
    assert (found.status, found.body, found.size, found.is_cut) == (201, b"abc", 3, False)
    assert found.header("content-type") == "text/plain"
    scope, body, _ = seen
    assert (scope["method"], scope["path"], scope["raw_path"]) == ("POST", "/v1/account/a/b", b"/v1/account/a%2Fb")
    assert (scope["query_string"], scope["client"], body) == (b"page=1", ("192.0.2.1", 1), b"{}")
    assert insider_in(scope) == Insider("jo")
    assert dict(scope["headers"]) == {b"host": b"x.example", b"if-match": b'"3"', b"content-length": b"2"}


async def test_a_large_answer_is_cut_and_the_call_ends() -> None:
    seen: list[Any] = []
    pieces = [b"x" * 700_000] * 100
    found = await calling.call(answering(*pieces, seen=seen), ASKED, REQUEST, "jo")
    assert (len(found.body), found.is_cut, found.size) == (calling.MOST_SHOWN, True, None)
    assert seen[-1] == "ended"
    announced = await calling.call(answering(*pieces, length=70_000_000), ASKED, REQUEST, "jo")
    assert announced.size == 70_000_000


async def test_an_answer_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()

    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(calling, "PATIENCE", 0.05)
    with pytest.raises(calling.NoAnswerInTime):
        await calling.call(silent, ASKED, REQUEST, "jo")
    assert ended.is_set()
