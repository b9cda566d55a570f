"""The rows of the log: numbers that are held, kinds without payloads, and pruning from the oldest on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.events import store
from postroom.events.model import EVERYTHING, EventKind, WantedEvents
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, events
from tests.fakes.databases import opened


@pytest.fixture
async def db(migrated_url: str) -> AsyncIterator[Database]:
    """A log with three events of one account, at 1000, 2000 and 3000."""
    async with opened(migrated_url) as database:
        await database.write(_fill)
        yield database


def _fill(conn: Connection) -> None:
    names = dict.fromkeys(("name", "email", "search", "type"), "x")
    row = {"key": 1, "account": "a", "created_at": 0, "state": "init", "state_since": 0, **names}
    conn.execute(sa.insert(accounts), row)
    store.begin_status(conn, 1, 3, {"messageNew": 3})
    store.insert(conn, [_event(number) for number in (1, 2, 3)])


def _event(number: int) -> dict[str, Any]:
    told = {"account_key": 1, "account": "a", "account_seq": number, "id": str(number), "type": "messageNew"}
    return {**told, "at": number * 1000, "payload": "{}"}


async def test_numbers_of_an_account_are_kept(db: Database) -> None:
    assert await db.write(lambda conn: store.ask_numbers(conn, 1)()) == (3, {"messageNew": 3})
    await db.write(lambda conn: store.note(conn, 1, {"event_seq": 5, "counters": {"messageNew": 5}}))
    assert await db.write(lambda conn: store.ask_numbers(conn, 1)()) == (5, {"messageNew": 5})


async def test_events_are_read_between_two_numbers(db: Database) -> None:
    def read(conn: Connection) -> list[int]:
        last = store.newest(conn)
        with store.events_between(conn, last - 2, last, EVERYTHING, 10) as found:
            return [event.account_seq for event in found]

    def unwanted(conn: Connection) -> list[int]:
        with store.events_between(conn, 0, store.newest(conn), WantedEvents("b"), 10) as found:
            return [event.account_seq for event in found]

    assert await db.read(read) == [2, 3]
    assert await db.read(unwanted) == []
    kinds = await db.read(lambda conn: store.kinds_between(conn, 0, store.newest(conn), 2))
    assert kinds == [EventKind("a", 1, "messageNew")] * 2
    assert [event.account_seq for event in await db.read(lambda conn: store.events_of(conn, 1, 1, 10))] == [2, 3]


async def test_only_what_is_routed_goes_and_the_oldest_first(db: Database) -> None:
    assert await db.write(lambda conn: store.delete_before(conn, 9000, 10)) == []
    await db.write(lambda conn: conn.execute(sa.update(events).values(routed=True)) and None)
    newest = await db.read(store.newest)
    assert await db.write(lambda conn: store.delete_before(conn, 3000, 1)) == [newest - 2]
    assert await db.write(lambda conn: store.delete_to(conn, newest - 1, 10)) == [newest - 1]
    assert await db.read(store.newest) == newest
    assert await db.read(store.first_pending) is None


async def test_how_far_was_pruned_never_goes_back(db: Database) -> None:
    assert await db.read(store.pruned_to) == 0
    for seq in (7, 5):
        await db.write(partial(store.note_pruned, seq=seq))
        assert await db.read(store.pruned_to) == 7


async def test_a_transaction_knows_which_are_older(own_postgres_url: str) -> None:
    async with opened(own_postgres_url) as db:

        def look(conn: Connection) -> tuple[int, int]:
            store.pause(conn)
            return store.own_transaction(conn), store.oldest_transaction(conn)

        mine, oldest = await db.write(look)
        assert oldest <= mine
