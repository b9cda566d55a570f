"""The story when it goes wrong: it stops at the step that failed and says why."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from rich.console import Console

from postroom.demo import story as story_module
from postroom.demo.client import client
from postroom.demo.receiver import DemoReceiver
from postroom.demo.sandbox import sandbox
from postroom.demo.screen import Screen
from postroom.demo.story import StepFailed, Story

REFUSED = {
    "id": 2,
    "time": "2026-01-31T12:00:00.000Z",
    "state": "connectError",
    "cause": "connect: refused",
    "attempt": 1,
}


@asynccontextmanager
async def api(answers: dict[str, tuple[int, Any]]) -> AsyncIterator[str]:
    """A stand-in for the gateway that gives fixed answers."""

    async def answer(request: web.Request) -> web.Response:
        status, body = answers[f"{request.method} {request.path}"]
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def told(url: str) -> tuple[str, str]:
    """Tell the story to the end; return the failure and what was on the screen."""
    screen = io.StringIO()
    async with sandbox() as box:
        api_client = client(url, "token")
        async with api_client.session:
            story = Story(api_client, box, DemoReceiver("http://127.0.0.1:1/"), Screen(Console(file=screen)))
            with pytest.raises(StepFailed) as caught:
                await story.tell()
    return str(caught.value), screen.getvalue()


async def test_a_gateway_that_does_not_answer() -> None:
    failure, _screen = await told("http://127.0.0.1:1")
    assert failure.startswith("The demonstration stopped: asking for webhooks failed: POST /v1/settings got no answer")


async def test_a_call_that_is_refused() -> None:
    refusal = {"error": "An account with this id already exists", "statusCode": 400}
    async with api({"POST /v1/settings": (200, {}), "POST /v1/account": (400, refusal)}) as url:
        failure, _screen = await told(url)
    assert "registering the account failed: POST /v1/account was answered 400" in failure
    assert "already exists" in failure


@pytest.mark.long
async def test_an_account_that_never_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story_module, "STEP_LIMIT", 1.0)
    answers: dict[str, tuple[int, Any]] = {
        "POST /v1/settings": (200, {}),
        "POST /v1/account": (200, {"account": "demo", "state": "init"}),
        "GET /v1/account/demo/timeline": (200, {"timeline": [REFUSED]}),
    }
    async with api(answers) as url:
        failure, screen = await told(url)
    assert "took more than 1 seconds; the last state was connectError (connect: refused)" in failure
    assert screen.count("connectError") == 1
