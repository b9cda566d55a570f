"""The counted minutes on both engines: added to by several processes, summed, and removed in pieces."""

from __future__ import annotations

import asyncio
from functools import partial

from postroom.statistics import store
from postroom.statistics.window import MINUTE
from postroom.storage.database import Database, open_database

HOUR = 60 * MINUTE


async def test_numbers_are_added_to_what_is_stored(db: Database) -> None:
    await db.write(partial(store.add, counts={(MINUTE, "events:a"): 2, (MINUTE, "apiCalls:fail"): 1}))
    await db.write(partial(store.add, counts={(MINUTE, "events:a"): 3, (2 * MINUTE, "events:a"): 10}))
    assert await db.read(partial(store.totals, since=0)) == {"apiCalls:fail": 1, "events:a": 15}
    assert await db.read(partial(store.totals, since=2 * MINUTE)) == {"events:a": 10}


async def test_processes_add_at_the_same_time(migrated_url: str) -> None:
    databases = [open_database(migrated_url) for _ in range(1 if migrated_url.startswith("sqlite") else 3)]
    for db in databases:
        await db.start()
    names = [f"events:{letter}" for letter in "abcdefghij"]
    forwards, backwards = ({(MINUTE, name): 1 for name in order} for order in (names, names[::-1]))
    try:
        await asyncio.gather(
            *(db.write(partial(store.add, counts=each)) for db in databases for each in (forwards, backwards) * 5)
        )
        assert set((await databases[0].read(partial(store.totals, since=0))).values()) == {10 * len(databases)}
    finally:
        for db in databases:
            await db.close()


async def test_a_name_without_a_colon_is_the_sum_of_its_family_and_of_no_other(db: Database) -> None:
    counts = {
        (MINUTE, "events:a"): 1,
        (MINUTE, "events:Z"): 2,
        (MINUTE, "eventsOfOthers:a"): 40,
        (MINUTE, "event:a"): 50,
        (2 * MINUTE, "events:é"): 3,
        (3 * MINUTE, "events"): 4,
    }
    await db.write(partial(store.add, counts=counts))
    assert await db.read(partial(store.by_minute, name="events", since=0)) == {MINUTE: 3, 2 * MINUTE: 3, 3 * MINUTE: 4}
    assert await db.read(partial(store.by_minute, name="events:Z", since=0)) == {MINUTE: 2}
    assert await db.read(partial(store.by_minute, name="events", since=2 * MINUTE + 1)) == {3 * MINUTE: 4}


async def test_old_minutes_go_a_few_hours_at_a_time(db: Database) -> None:
    assert await db.write(partial(store.prune, before=HOUR)) is False
    await db.write(partial(store.add, counts={(hour * HOUR, "events:a"): 1 for hour in range(10)}))
    assert await db.write(partial(store.prune, before=7 * HOUR)) is True
    assert await db.read(partial(store.totals, since=0)) == {"events:a": 6}
    assert await db.write(partial(store.prune, before=7 * HOUR)) is False
    assert await db.read(partial(store.totals, since=0)) == {"events:a": 3}
    assert await db.read(partial(store.totals, since=8 * HOUR)) == {"events:a": 2}
