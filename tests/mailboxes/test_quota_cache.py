"""Quotas are remembered for a while, by account and revision, and asked for by one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from postroom.mailboxes.quota_cache import Quota, QuotaCache


def used(number: int) -> Quota:
    return {"usage": number, "limit": 100, "status": f"{number}%"}


class Server:
    """Answers with a number that grows."""

    def __init__(self) -> None:
        self.asked = 0
        self.now = 0.0

    def answers(self, quota: Quota = None) -> Callable[[], Awaitable[Quota]]:
        async def ask() -> Quota:
            self.asked += 1
            await asyncio.sleep(0.01)
            return used(self.asked) if quota is None else quota

        return ask


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def memory(server: Server) -> QuotaCache:
    return QuotaCache(60, lambda: server.now)


async def test_an_answer_counts_for_a_while_and_for_one_revision(memory: QuotaCache, server: Server) -> None:
    assert await memory.of("a", 1, server.answers()) == used(1)
    server.now = 59
    assert await memory.of("a", 1, server.answers()) == used(1)
    assert await memory.of("b", 1, server.answers()) == used(2)
    assert await memory.of("a", 2, server.answers()) == used(3)
    server.now = 121
    assert await memory.of("a", 2, server.answers()) == used(4)
    assert len(memory._accounts) == 1, "what is old is forgotten"


async def test_who_asks_at_the_same_time_shares_an_answer(memory: QuotaCache, server: Server) -> None:
    found = await asyncio.gather(*[memory.of("a", 1, server.answers()) for _ in range(20)])
    assert (found, server.asked) == ([used(1)] * 20, 1)


async def test_that_there_is_none_is_an_answer_too(memory: QuotaCache, server: Server) -> None:
    for _ in range(3):
        assert await memory.of("a", 1, server.answers(False)) is False
    assert server.asked == 1


async def test_one_who_goes_away_takes_no_answer_from_the_others(memory: QuotaCache, server: Server) -> None:
    async with asyncio.TaskGroup() as group:
        first, second = (group.create_task(memory.of("a", 1, server.answers())) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
    assert second.result() == used(2)
