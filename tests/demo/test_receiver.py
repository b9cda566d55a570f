"""The demonstration's webhook receiver."""

from __future__ import annotations

import aiohttp
import pytest

from postroom.demo.receiver import webhook_receiver


async def test_it_hands_over_events_in_the_order_they_came() -> None:
    async with webhook_receiver() as receiver, aiohttp.ClientSession() as session:
        for number in range(3):
            async with session.post(receiver.url, json={"event": "messageNew", "number": number}) as answer:
                assert answer.status == 200
        assert [receiver.arrived.get_nowait()["number"] for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize("body", [b"{", b"[]"])
async def test_it_refuses_what_is_no_event(body: bytes) -> None:
    async with webhook_receiver() as receiver, aiohttp.ClientSession() as session:
        async with session.post(receiver.url, data=body) as answer:
            assert answer.status == 400
        assert receiver.arrived.empty()
