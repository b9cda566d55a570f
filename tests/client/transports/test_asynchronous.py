"""Requests with asyncio. tests/client/transports/test_blocking.py asks both transports for the same."""

from __future__ import annotations

import asyncio

from postroom.client.asynchronous import AsyncPostroom
from tests.client.transports.cases import TOKEN
from tests.fakes.scripted_http import ScriptedHttp, reply


async def test_requests_run_side_by_side() -> None:
    with ScriptedHttp(reply(200, {"success": True})) as server:
        async with AsyncPostroom(server.url, TOKEN) as client:
            answers = await asyncio.gather(*(client.health.check() for _ in range(20)))
    assert [answer["success"] for answer in answers] == [True] * 20
    assert len(server.requests) == 20


async def test_a_request_that_is_cancelled_is_not_sent_again() -> None:
    with ScriptedHttp(reply(503, b"{}", "Retry-After: 25")) as server:
        async with AsyncPostroom(server.url, TOKEN) as client, asyncio.TaskGroup() as group:
            task = group.create_task(client.health.check())
            while not server.requests:
                await asyncio.sleep(0.001)
            task.cancel()
    assert task.cancelled()
    assert len(server.requests) == 1
