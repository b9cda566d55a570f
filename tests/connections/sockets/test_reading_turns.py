"""The turns of the loop are shared: each source does a little, and none holds up the others."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from postroom.connections.sockets.reading_turns import ROOM, ReadingTurns, turns_of


class Clock:
    """A clock that only work moves on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Reading:
    """A source with so many steps to do, each of which takes a tenth of a turn."""

    def __init__(self, name: str, steps: int, clock: Clock, done: list[str]) -> None:
        self.name, self.steps, self.clock, self.done = name, steps, clock, done

    def read_on(self) -> bool:
        self.clock.now += ROOM / 10
        self.steps -= 1
        self.done.append(self.name)
        return self.steps > 0


async def test_what_fits_into_the_turn_is_done_at_once() -> None:
    clock, done = Clock(), list[str]()
    ReadingTurns(asyncio.get_running_loop(), clock).serve(Reading("a", 5, clock, done))
    assert done == ["a"] * 5


async def test_a_long_source_leaves_the_loop_its_turns() -> None:
    clock, done = Clock(), list[str]()
    turns = ReadingTurns(asyncio.get_running_loop(), clock)
    turns.serve(Reading("a", 25, clock, done))
    at_turns = [len(done)]
    while len(done) < 25:
        await asyncio.sleep(0)
        at_turns.append(len(done))
    assert max(later - earlier for earlier, later in itertools.pairwise(at_turns)) <= 11
    assert at_turns[0] <= 11


async def test_sources_take_turns() -> None:
    clock, done = Clock(), list[str]()
    turns = ReadingTurns(asyncio.get_running_loop(), clock)
    turns.serve(Reading("a", 1000, clock, done))
    turns.serve(Reading("b", 3, clock, done))
    while done.count("b") < 3:
        await asyncio.sleep(0)
    behind = done[done.index("b") :]
    assert behind[:5] == ["b", "a", "b", "a", "b"]


async def test_a_source_that_fails_takes_nobody_with_it() -> None:
    clock, done = Clock(), list[str]()
    turns = ReadingTurns(asyncio.get_running_loop(), clock)

    class Broken:
        def read_on(self) -> bool:
            raise OSError("broken")

    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    turns.serve(Reading("a", 30, clock, done))
    turns.serve(Broken())
    turns.serve(Reading("b", 30, clock, done))
    while len(done) < 60:
        await asyncio.sleep(0)
    assert [str(context["exception"]) for context in told] == ["broken"]


async def test_there_is_one_for_a_loop() -> None:
    loop = asyncio.get_running_loop()
    assert turns_of(loop) is turns_of(loop)
