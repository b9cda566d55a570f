"""Counts of a process reach the database once, whatever the database does, and cost nothing when there are none."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

import pytest

from postroom.errors import StorageUnavailable
from postroom.figures import Figures
from postroom.statistics import keeping, store
from postroom.statistics.keeping import CountKeeper
from postroom.statistics.service import Statistics
from postroom.statistics.window import LONGEST, MINUTE
from postroom.storage.database import Database
from tests.fakes.failing_database import FailingDatabase
from tests.fakes.waiting import eventually

START = 20_000_000 * MINUTE + 50_000


class Process:
    """A process that counts, with a clock of its own."""

    def __init__(self, db: Database) -> None:
        self.now = START
        self.db = FailingDatabase(db)
        self.figures = Figures()
        self.keeper = CountKeeper(self.db, self.figures.take_counts, lambda: self.now)

    def count(self, number: int) -> None:
        """Announce events."""
        self.figures.count_events(Counter({"messageNew": number}))

    async def minutes(self) -> list[int]:
        """The numbers that are stored, one per minute since the start."""
        read = Statistics(self.db, lambda: self.now)
        return (await read.minutes(["events:messageNew"], START))["events:messageNew"]


@pytest.fixture
def process(db: Database) -> Process:
    return Process(db)


async def test_counts_are_stored_in_the_minute_in_which_they_were_made(process: Process) -> None:
    process.count(2)
    await process.keeper.store()
    process.count(3)
    process.now += 10_000
    await process.keeper.store()
    process.count(5)
    process.now += 10_000
    await process.keeper.store()
    assert await process.minutes() == [5, 5]


async def test_processes_add_to_the_same_minutes(db: Database) -> None:
    first, second = Process(db), Process(db)
    first.count(2)
    second.count(3)
    await asyncio.gather(first.keeper.store(), second.keeper.store())
    assert await first.minutes() == [5]


async def test_nothing_is_written_when_nothing_was_counted(process: Process) -> None:
    process.db.fail(1, "before")
    await process.keeper.store()
    await process.keeper.finish()
    assert process.db.hits == 0


async def test_counts_wait_while_the_database_is_away(process: Process) -> None:
    process.count(2)
    process.db.fail(1, "before")
    with pytest.raises(StorageUnavailable):
        await process.keeper.store()
    process.count(3)
    process.now += MINUTE
    with pytest.raises(StorageUnavailable):
        await process.keeper.store()
    process.db.heal()
    process.count(7)
    await process.keeper.store()
    assert await process.minutes() == [5, 7]


async def test_a_write_of_unknown_outcome_is_not_repeated(process: Process) -> None:
    process.count(2)
    process.db.fail(1, "blink")
    await process.keeper.store()
    process.db.heal()
    await process.keeper.store()
    assert await process.minutes() == [2]


async def test_the_last_counts_are_stored_at_the_end_unless_the_database_is_away(process: Process) -> None:
    process.count(2)
    await process.keeper.finish()
    assert await process.minutes() == [2]
    process.count(2)
    process.db.fail(1, "before")
    await process.keeper.finish()
    assert process.db.hits == 1


async def test_what_waits_is_bounded_and_the_oldest_is_lost(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_MOST", 2)
    process.db.fail(1, "before")
    for _ in range(4):
        process.count(1)
        with pytest.raises(StorageUnavailable):
            await process.keeper.store()
        process.now += MINUTE
    process.db.heal()
    await process.keeper.store()
    assert await process.minutes() == [0, 1, 1, 0, 0]


async def test_a_running_keeper_stores_and_removes_what_is_older_than_seven_days(process: Process) -> None:
    old, kept = START - LONGEST * 1000 - 2 * MINUTE, START - LONGEST * 1000 + MINUTE
    await process.db.write(partial(store.add, counts={(old - 9 * 60 * MINUTE, "x"): 1, (old, "x"): 1, (kept, "x"): 1}))
    process.count(4)
    running = asyncio.create_task(process.keeper.run())
    seen: dict[str, int] = {}

    async def look() -> None:
        while seen != {"x": 1, "events:messageNew": 4}:
            seen.clear()
            seen.update(await process.db.read(partial(store.totals, since=0)))
            await asyncio.sleep(0.01)

    looking = asyncio.create_task(look())
    await eventually(looking.done, what=lambda: seen)
    running.cancel()
    await asyncio.wait([running])
