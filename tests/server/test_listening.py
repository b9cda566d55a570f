"""The HTTP server stops in order: what is open may end, and nothing holds it up for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from starlette.responses import PlainTextResponse

from postroom.api.pipeline.errors import refusal
from postroom.server.hall import Hall, HallLimits
from postroom.server.listening import bind, by_path, serve


@asynccontextmanager
async def served(app: Any, stopping: Any = lambda: None, bound: float = 10.0) -> AsyncIterator[tuple[str, Any]]:
    """Serve an application; yield its base URL and a function that stops it and returns how long that took."""
    listener = bind("127.0.0.1", 0)
    ready = asyncio.Event()
    clock = asyncio.get_running_loop().time

    async def stop() -> float:
        begun = clock()
        task.cancel()
        await asyncio.wait([task])
        return clock() - begun

    hall = Hall(HallLimits(), refusal, lambda _status: None)
    task = asyncio.ensure_future(serve(app, listener, hall, bound=bound, ready=ready.set, stopping=stopping))
    await ready.wait()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", stop
    finally:
        await stop()
        listener.close()


def streaming_until(ended: asyncio.Event) -> Any:
    """An application whose answers go on until an event."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await ended.wait()
        await send({"type": "http.response.body", "body": b", last"})

    return app


async def test_answers_without_an_end_are_asked_to_end() -> None:
    ended = asyncio.Event()
    async with (
        served(streaming_until(ended), ended.set) as (url, stop),
        aiohttp.ClientSession() as session,
        session.get(url) as answer,
    ):
        assert await answer.content.readany() == b"first"
        took, rest = await asyncio.gather(stop(), answer.read())
    assert rest == b", last"
    assert took < 2.0


@pytest.mark.long
async def test_an_answer_that_does_not_end_is_cut_off_in_time() -> None:
    async with (
        served(streaming_until(asyncio.Event()), bound=1.0) as (url, stop),
        aiohttp.ClientSession() as session,
        session.get(url) as answer,
    ):
        await answer.content.readany()
        assert 0.5 < await stop() < 4.0


async def test_an_application_has_what_is_at_or_below_its_path() -> None:
    def named(name: str) -> Any:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await PlainTextResponse(name)(scope, receive, send)

        return app

    joined = by_path({"/a": named("a"), "/b/c": named("bc")}, named("rest"))
    paths = {"/a": "a", "/a/": "a", "/a/x": "a", "/ax": "rest", "/b": "rest", "/b/c/d": "bc", "/": "rest"}
    async with served(joined) as (base, _), aiohttp.ClientSession() as session:
        for path, name in paths.items():
            async with session.get(base + path) as response:
                assert await response.text() == name, path
