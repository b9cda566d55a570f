"""Many wait for the database, one asks."""

from __future__ import annotations

import asyncio

from postroom.errors import StorageUnavailable
from postroom.storage.engines.comeback import Comeback
from tests.fakes.waiting import eventually


class Answers:
    """A database that is away until `is_back`."""

    def __init__(self) -> None:
        self.asked = 0
        self.at_once = 0
        self.is_back = False

    async def ask(self) -> None:
        self.asked += 1
        self.at_once += 1
        assert self.at_once == 1
        try:
            await asyncio.sleep(0)
        finally:
            self.at_once -= 1
        if not self.is_back:
            raise StorageUnavailable("away")


async def test_of_all_who_wait_one_asks_and_all_go_on() -> None:
    answers, comeback = Answers(), Comeback(pause=0.01)
    waiting = [asyncio.ensure_future(comeback.wait(answers.ask)) for _ in range(100)]
    await eventually(lambda: answers.asked >= 5)
    assert not any(task.done() for task in waiting)
    before, answers.is_back = answers.asked, True
    await asyncio.gather(*waiting)
    assert answers.asked <= before + 1


async def test_an_earlier_answer_counts_for_nothing() -> None:
    answers, comeback = Answers(), Comeback(pause=0.0)
    answers.is_back = True
    await comeback.wait(answers.ask)
    await comeback.wait(answers.ask)
    assert answers.asked == 2


async def test_who_asks_may_be_cancelled_and_another_asks_on() -> None:
    answers, comeback = Answers(), Comeback(pause=0.01)
    first, second = (asyncio.ensure_future(comeback.wait(answers.ask)) for _ in range(2))
    await eventually(lambda: answers.asked >= 2)
    first.cancel()
    answers.is_back = True
    await asyncio.wait_for(second, 10)
    assert first.cancelled()
