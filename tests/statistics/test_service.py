"""What callers read of the counted minutes."""

from __future__ import annotations

from functools import partial

import pytest

from postroom.statistics import store
from postroom.statistics.service import Statistics
from postroom.statistics.window import LONGEST, MINUTE
from postroom.storage.database import Database

NOW = 20_000_000 * MINUTE + 30_000
LAST = 20_000_000 * MINUTE


@pytest.fixture
def statistics(db: Database) -> Statistics:
    return Statistics(db, lambda: NOW)


async def test_every_minute_has_a_number_and_every_name_as_many(statistics: Statistics, db: Database) -> None:
    counts = {
        (LAST - 3 * MINUTE, "events:a"): 9,
        (LAST - 2 * MINUTE, "events:a"): 1,
        (LAST - 2 * MINUTE, "events:b"): 2,
        (LAST, "events:b"): 4,
    }
    await db.write(partial(store.add, counts=counts))
    found = await statistics.minutes(["events", "events:a", "deliveries:delivered"], NOW - 2 * MINUTE)
    assert found == {"events": [3, 0, 4], "events:a": [1, 0, 0], "deliveries:delivered": [0, 0, 0]}


async def test_there_is_always_the_present_minute_and_never_more_than_seven_days(statistics: Statistics) -> None:
    assert await statistics.minutes(["events"], NOW) == {"events": [0]}
    assert await statistics.minutes(["events"], NOW + 5 * MINUTE) == {"events": [0]}
    assert len((await statistics.minutes(["events"], 0))["events"]) == LONGEST // 60 + 1
    assert await statistics.minutes([], 0) == {}


@pytest.mark.parametrize(("seconds", "total"), [(1, 1), (60, 3), (90, 3), (91, 7), (LONGEST * 9, 7)])
async def test_a_window_is_rounded_up_to_whole_minutes(
    statistics: Statistics, db: Database, seconds: int, total: int
) -> None:
    counts = {(LAST, "events:a"): 1, (LAST - MINUTE, "events:a"): 2, (LAST - 2 * MINUTE, "events:a"): 4}
    await db.write(partial(store.add, counts=counts))
    assert await statistics.totals(seconds) == {"events:a": total}


async def test_without_counts_there_are_no_totals(statistics: Statistics) -> None:
    assert await statistics.totals(3600) == {}
