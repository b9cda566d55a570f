"""Methods for asyncio. tests/client/transports/test_blocking_methods.py asks both kinds for the same."""

from __future__ import annotations

import asyncio
import inspect

from postroom.client.asynchronous import AsyncPostroom
from tests.client.transports.cases import TOKEN
from tests.fakes.scripted_http import ScriptedHttp, reply


async def test_a_call_is_a_coroutine_that_a_task_can_run() -> None:
    with ScriptedHttp(reply(200, {"success": True})) as server:
        async with AsyncPostroom(server.url, TOKEN) as client:
            assert inspect.iscoroutinefunction(client.health.check)
            async with asyncio.TaskGroup() as group:
                task = group.create_task(client.health.check())
            assert task.result()["success"] is True
