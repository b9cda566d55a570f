"""The fixture `async_postroom`, as async tests use it: also with the program under test in the same event loop."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from postroom.testing.asynchronous import AsyncLocalPostroom
from postroom.testing.local import NotInTime

pytestmark = pytest.mark.programs


async def test_a_program_in_the_same_loop_gets_the_webhook_while_the_test_waits(
    async_postroom: AsyncLocalPostroom,
) -> None:
    got: asyncio.Queue[Any] = asyncio.Queue()

    async def hook(request: web.Request) -> web.Response:
        got.put_nowait(json.loads(await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await async_postroom.send_webhooks_to(f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    account = await async_postroom.account("shop")
    await async_postroom.deliver(account, subject="An order")
    event = await async_postroom.wait_for_event("messageNew", account)
    while (webhook := await got.get())["event"] != "messageNew":
        pass
    assert webhook["data"]["id"] == event["data"]["id"]
    await runner.cleanup()


async def test_its_client_is_the_one_for_asyncio(async_postroom: AsyncLocalPostroom) -> None:
    box = await async_postroom.mailbox("ada@example.test")
    await async_postroom.account("ada", mailbox=box)
    body: Any = {"to": [{"address": "far@example.com"}], "subject": "Hi", "text": "T"}
    await async_postroom.client.submissions.submit("ada", body)
    (sent,) = await async_postroom.wait_for_sent()
    assert (sent.sender, await async_postroom.sent()) == ("ada@example.test", [sent])
    assert [each["account"] async for each in async_postroom.client.accounts.list()] == ["ada"]
    assert (await async_postroom.wait_for_state("ada", "connected"))["health"]


async def test_what_does_not_come_is_told(async_postroom: AsyncLocalPostroom) -> None:
    with pytest.raises(NotInTime, match="No \\(other\\) messageNew came within 0 seconds: the events were none"):
        await async_postroom.wait_for_event("messageNew", timeout=0)
    assert await async_postroom.events() == []


async def test_webhooks_are_received(async_postroom: AsyncLocalPostroom) -> None:
    await async_postroom.account(state=None)
    webhook = await async_postroom.wait_for_webhook("accountAdded")
    assert webhook.event["event"] == "accountAdded"
    assert (await async_postroom.webhooks())[0].headers["webhook-id"] == webhook.headers["webhook-id"]
