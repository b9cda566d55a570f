"""Streams for asyncio. tests/client/transports/test_blocking_streams.py asks both kinds for the same."""

from __future__ import annotations

import pytest

from postroom.client.asynchronous import AsyncPostroom
from tests.client.transports.cases import QUICK, TOKEN
from tests.client.transports.test_blocking_streams import event, position
from tests.fakes.scripted_http import ScriptedHttp, stream


async def test_the_cursor_is_that_of_the_event_in_hand() -> None:
    script = stream(position(10), event(11), event(12), position(30), event(31))
    with ScriptedHttp(script) as server:
        async with AsyncPostroom(server.url, TOKEN, retries=QUICK) as client:
            following = client.events.stream()
            begin = following.cursor
            assert begin is None
            assert [((await anext(following))["seq"], following.cursor) for _ in range(3)] == [
                (11, 11),
                (12, 12),
                (31, 31),
            ]
            await following.close()
            with pytest.raises(StopAsyncIteration):
                await anext(following)


async def test_leaving_the_block_closes_the_connection() -> None:
    silent = stream(event(1)).replace(b"\r\n\r\n", b"\r\nContent-Length: 100000\r\n\r\n", 1)
    with ScriptedHttp(silent) as server:
        async with AsyncPostroom(server.url, TOKEN, retries=QUICK) as client:
            async with client.events.stream(since=0) as following:
                assert (await anext(following))["seq"] == 1
                assert len(client._transport._http._transport._pool.connections) == 1  # type: ignore[attr-defined]
            assert client._transport._http._transport._pool.connections == []  # type: ignore[attr-defined]
