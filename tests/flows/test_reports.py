"""A gateway is killed again and again while mail bounces at a real Postfix: each bounce is announced once."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.flows.gateway import Gateway, imap, sooner_or_later
from tests.live.postfix import Postfix

pytestmark = pytest.mark.long

SENDER = "reports-killed@example.test"
# A kill takes away the answer to two messages at most.
MESSAGES = 20
KILLS = 6


async def test_each_bounce_counts_once_however_often_the_gateway_is_killed(
    tmp_path: Path, postfix: Postfix, seed: int
) -> None:
    chance = Random(seed)
    async with Gateway(tmp_path) as gateway:
        server = imap(postfix, SENDER, postfix.dovecot.password)
        await gateway.register("a", imap(postfix.dovecot, SENDER), email=SENDER, smtp=server)
        await gateway.reaches("a", "connected")
        for number in range(MESSAGES):
            to = [{"address": f"{number}@bounces.test"}, {"address": f"{number}@discard.test"}]
            await gateway.ask("POST", f"{gateway.path('a')}/submit", {"to": to, "text": "Hello"})
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0, 0.5))
            await gateway.restart()
        await sooner_or_later(lambda: has_settled(gateway), 60, "every message bounces")
        bounces = await bounces_of(gateway)
    assert Counter(bounces.values()).keys() == {1}


async def has_settled(gateway: Gateway) -> bool:
    """Whether each message that Postfix took has come back; one whose answer a kill took away may not have gone."""
    messages = (await gateway.ask("GET", "/v1/outbox?account=a&pageSize=100"))["messages"]
    taken = [each for each in messages if each["state"] != "unknown"]
    bounces = await bounces_of(gateway)
    return bool(taken) and all(
        each["state"] == "sent"
        and [one["state"] for one in each["recipients"]] == ["bounced", "sent"]
        and bounces[each["queueId"]]
        for each in taken
    )


async def bounces_of(gateway: Gateway) -> Counter[Any]:
    """How often it was announced of each message that it came back."""
    told = await gateway.ask("GET", "/v1/events?type=messageBounce&limit=1000")
    return Counter(each["data"]["queueId"] for each in told["events"])
