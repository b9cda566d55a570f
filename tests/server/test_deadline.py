"""A time limit that is moved rings once, at the last time that was set."""

from __future__ import annotations

import asyncio
import math

from postroom.server.deadline import Deadline


class Bell:
    """Counts how often it rang, and when it did."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()
        self.times: list[float] = []

    def __call__(self) -> None:
        self.times.append(asyncio.get_running_loop().time())
        self.rung.set()


async def test_it_rings_when_the_time_is_over() -> None:
    bell, begun = Bell(), asyncio.get_running_loop().time()
    Deadline(bell).set(0.02)
    await asyncio.wait_for(bell.rung.wait(), 30)
    assert bell.times[0] - begun > 0.01


async def test_a_later_time_replaces_an_earlier_one() -> None:
    bell, begun = Bell(), asyncio.get_running_loop().time()
    deadline = Deadline(bell)
    deadline.set(0.01)
    deadline.set(0.2)
    await asyncio.wait_for(bell.rung.wait(), 30)
    assert bell.times[0] - begun > 0.1


async def test_it_is_shortened_but_never_lengthened_by_shortening() -> None:
    bell, begun = Bell(), asyncio.get_running_loop().time()
    deadline = Deadline(bell)
    deadline.set(3600)
    deadline.shorten(0.05)
    deadline.shorten(3600)
    await asyncio.wait_for(bell.rung.wait(), 30)
    assert 0.03 < bell.times[0] - begun < 3600


async def test_never_means_never_and_so_does_cancel() -> None:
    never, cancelled, last = Bell(), Bell(), Bell()
    deadline = Deadline(never)
    deadline.set(0.01)
    deadline.set(math.inf)
    other = Deadline(cancelled)
    other.set(0.01)
    other.cancel()
    Deadline(last).set(0.1)
    await asyncio.wait_for(last.rung.wait(), 30)
    assert (never.times, cancelled.times) == ([], [])


async def test_it_may_be_set_again_after_it_rang() -> None:
    bell = Bell()
    deadline = Deadline(bell)
    for _ in range(2):
        bell.rung.clear()
        deadline.set(0.0)
        await asyncio.wait_for(bell.rung.wait(), 30)
    assert len(bell.times) == 2
