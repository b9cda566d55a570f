"""Attempts are counted one by one, for all processes together."""

from __future__ import annotations

import asyncio

from postroom.access.admins.attempts import count, forgive, too_many
from postroom.access.admins.delays import FORGOTTEN_MS
from postroom.access.admins.model import Browser
from postroom.storage.database import Database, open_database

NOW = 1_800_000_000_000
STRANGER = Browser("192.0.2.1")
KNOWN = Browser("192.0.2.1", device="known")


async def attempts(db: Database, browser: Browser, number: int, now: int = NOW) -> list[int]:
    """The waits that these attempts got."""
    return [await db.write(lambda conn: count(conn, browser, now)) for _ in range(number)]


async def test_after_a_few_failures_an_address_must_wait_and_waiting_helps(db: Database) -> None:
    assert await attempts(db, STRANGER, 7) == [0, 0, 0, 0, 0, 1000, 1000]
    assert await attempts(db, STRANGER, 2, NOW + 1000) == [0, 2000]
    assert await attempts(db, Browser("192.0.2.2"), 1) == [0]


async def test_an_ipv6_network_is_one_address(db: Database) -> None:
    waits = [(await attempts(db, Browser(f"2001:db8::{number}"), 1))[0] for number in range(1, 7)]
    assert waits == [0, 0, 0, 0, 0, 1000]


async def test_many_addresses_together_are_slowed_down_but_a_known_browser_is_not(db: Database) -> None:
    waits = [(await attempts(db, Browser(f"192.0.2.{number}"), 1))[0] for number in range(22)]
    assert waits[:21] == [0] * 21
    assert waits[21] == 1000
    assert await attempts(db, KNOWN, 1) == [0]


async def test_failures_are_forgotten_after_an_hour_or_by_success(db: Database) -> None:
    await attempts(db, STRANGER, 5)
    await db.write(lambda conn: forgive(conn, STRANGER))
    assert await attempts(db, STRANGER, 5) == [0] * 5
    assert await attempts(db, STRANGER, 1, NOW + FORGOTTEN_MS + 1) == [0]
    assert await attempts(db, STRANGER, 4, NOW + FORGOTTEN_MS + 1) == [0] * 4


async def test_attempts_at_the_same_time_over_several_processes_do_not_slip_through(
    db: Database, migrated_url: str
) -> None:
    if db.dialect == "sqlite":
        waits = await asyncio.gather(*(attempts(db, STRANGER, 1) for _ in range(30)))
    else:
        other = open_database(migrated_url)
        await other.start()
        try:
            waits = await asyncio.gather(*(attempts(each, STRANGER, 1) for each in (db, other) for _ in range(15)))
        finally:
            await other.close()
    assert sum(wait == [0] for wait in waits) == 5


def test_the_error_says_how_long() -> None:
    error = too_many(1001)
    assert (error.retry_after, "Wait 2 s" in str(error)) == (2, True)
