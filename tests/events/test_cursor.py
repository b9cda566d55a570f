"""Reading the log by cursor, on both engines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa

from postroom.events.cursor import here, newest, page
from postroom.events.log import append, begin, prune, prune_beyond
from postroom.events.model import CursorExpired, EventsPage, LoggedEvent, WantedEvents
from postroom.events.types import AccountEvent
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, deliveries, events
from tests.fakes.databases import opened


@pytest.fixture
async def db(db: Database) -> Database:
    """A database with three accounts."""
    await db.write(lambda conn: _add(conn, 1, 2, 3))
    return db


def _add(conn: Connection, *keys: int) -> None:
    names = dict.fromkeys(("name", "email", "search", "type"), "x")
    for key in keys:
        row = {"key": key, "account": f"a{key}", "created_at": 0, "state": "init", "state_since": 0, **names}
        conn.execute(sa.insert(accounts), row)
        begin(conn, key, f"a{key}", AccountEvent("accountAdded"), 1000)


def note(conn: Connection, key: int, names: Sequence[str], at: int = 2000) -> None:
    append(conn, key, f"a{key}", [AccountEvent(name) for name in names], at)


async def page_after(db: Database, after: int | None, **options: Any) -> EventsPage:
    return await db.read(lambda conn: page(conn, after, **options))


async def all_after(db: Database, after: int | None, **options: Any) -> list[LoggedEvent]:
    return (await page_after(db, after, **options)).events


async def test_pages_follow_one_another_without_gap_or_double(db: Database) -> None:
    for number in range(10):
        await db.write(partial(note, key=number % 3 + 1, names=["connectError", "messageNew"]))
    seen: list[int] = []
    cursor: int | None = None
    while page := await all_after(db, cursor, limit=4):
        seen += [event.seq for event in page]
        cursor = page[-1].seq
    assert len(seen) == 23
    assert seen == sorted(set(seen))
    assert cursor == await db.read(newest)


async def test_filters_by_account_and_type(db: Database) -> None:
    await db.write(lambda conn: note(conn, 1, ["connectError"]))
    await db.write(lambda conn: note(conn, 2, ["messageNew"]))
    assert [event.type for event in await all_after(db, None, wanted=WantedEvents("a1"))] == [
        "accountAdded",
        "connectError",
    ]
    both = WantedEvents(types=("messageNew", "connectError"))
    assert [event.account for event in await all_after(db, None, wanted=both)] == ["a1", "a2"]


async def test_a_cursor_older_than_what_is_kept_has_expired(db: Database) -> None:
    await db.write(lambda conn: note(conn, 1, ["messageNew"], at=9000))
    await db.write(lambda conn: conn.execute(sa.update(events).values(routed=True)))
    first, *_, last = await all_after(db, None)
    assert await db.write(lambda conn: prune(conn, 5000)) == 3
    with pytest.raises(CursorExpired) as caught:
        await all_after(db, first.seq)
    assert [event.seq for event in await all_after(db, caught.value.oldest)] == [last.seq]
    assert [event.seq for event in await all_after(db, None)] == [last.seq]


async def test_a_cursor_that_was_never_given_out_is_refused_with_the_newest(db: Database) -> None:
    # As after a backup was restored: the numbers begin again, and the reader would step over what comes until then.
    newest_seq = await db.read(newest)
    with pytest.raises(CursorExpired) as caught:
        await page_after(db, newest_seq + 1)
    assert caught.value.oldest == newest_seq
    assert await page_after(db, newest_seq) == EventsPage([], newest_seq, more=False)


async def test_a_page_says_where_to_go_on_and_whether_there_is_more(db: Database) -> None:
    await db.write(lambda conn: note(conn, 1, ["connectError", "messageNew", "messageNew"]))
    seqs = [event.seq for event in await all_after(db, None)]
    first = await page_after(db, None, limit=4)
    assert ([event.seq for event in first.events], first.cursor, first.more) == (seqs[:4], seqs[3], True)
    second = await page_after(db, first.cursor, limit=2)
    assert ([event.seq for event in second.events], second.cursor, second.more) == (seqs[4:], seqs[-1], False)
    assert await page_after(db, second.cursor) == EventsPage([], seqs[-1], more=False)


async def test_a_reader_who_wants_few_goes_on_behind_the_newest(db: Database) -> None:
    await db.write(lambda conn: note(conn, 1, ["messageNew", "connectError", "messageNew"]))
    newest_seq = await db.read(newest)
    found = await page_after(db, None, wanted=WantedEvents(types=("connectError",)))
    assert (len(found.events), found.cursor, found.more) == (1, newest_seq, False)
    assert (await page_after(db, None, wanted=WantedEvents(types=("mailboxNew",)))).cursor == newest_seq


async def test_a_page_is_cut_by_size_but_never_empty(db: Database) -> None:
    big = AccountEvent("messageNew", {"text": "x" * 50_000})
    for _ in range(3):
        await db.write(lambda conn: append(conn, 1, "a1", [big] * 10, 2000))
    cursor: int | None = None
    sizes = []
    while (found := await page_after(db, cursor, wanted=WantedEvents(types=("messageNew",)), max_size=120_000)).events:
        sizes.append(len(found.events))
        cursor = found.cursor
    assert sizes == [3] * 10
    assert len((await page_after(db, None, wanted=WantedEvents(types=("messageNew",)), max_size=1)).events) == 1


async def test_when_all_is_pruned_the_newest_cursor_stays(db: Database) -> None:
    before = await db.read(newest)
    await db.write(lambda conn: conn.execute(sa.update(events).values(routed=True)))
    await db.write(lambda conn: prune(conn, 5000))
    assert await db.read(newest) == before
    assert await all_after(db, before) == []


async def test_one_that_is_left_behind_does_not_make_a_new_cursor_expire(db: Database) -> None:
    await db.write(lambda conn: conn.execute(sa.update(events).where(events.c.account != "a1").values(routed=True)))
    await db.write(lambda conn: prune(conn, 5000))
    found = await page_after(db, None)
    assert found == EventsPage([], await db.read(here), more=False)
    assert await all_after(db, found.cursor) == []


@asynccontextmanager
async def gate(url: str, lock: int = 1) -> AsyncIterator[asyncpg.Connection]:
    """Hold a lock that transactions wait for at `pass_gate`."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"SELECT pg_advisory_lock({lock})")
        yield connection
    finally:
        await connection.close()


def pass_gate(conn: Connection, lock: int = 1) -> None:
    conn.execute(sa.text(f"SELECT pg_advisory_xact_lock({lock})"))


def note_and_wait(conn: Connection) -> None:
    note(conn, 1, ["messageNew"])
    pass_gate(conn)


async def someone_waits(connection: asyncpg.Connection, lock: int = 1) -> None:
    here = "(SELECT oid FROM pg_database WHERE datname = current_database())"
    waiting = f"locktype = 'advisory' AND objid = {lock} AND NOT granted AND database = {here}"
    async with asyncio.timeout(60):
        while await connection.fetchval(f"SELECT 1 FROM pg_locks WHERE {waiting}") is None:
            await asyncio.sleep(0.01)


async def test_an_event_that_commits_late_is_not_overtaken(own_postgres_url: str) -> None:
    # Two transactions take numbers in one order and commit in the other: a reader must not step over the first.
    async with opened(own_postgres_url) as database:
        await database.write(lambda conn: _add(conn, 1, 2))
        cursor = await database.read(here)
        assert cursor == await database.read(newest)
        async with gate(own_postgres_url) as held:
            slow = asyncio.create_task(database.write(note_and_wait))
            await someone_waits(held)
            await database.write(lambda conn: note(conn, 2, ["messageNew"]))
            assert await all_after(database, cursor) == []
        await slow
        assert [event.account for event in await all_after(database, cursor)] == ["a1", "a2"]


async def test_an_older_transaction_with_a_later_number_is_not_overtaken_either(own_postgres_url: str) -> None:
    # Who began first may take its number last: its end says nothing of whoever took a number in between.
    def begin_first(conn: Connection) -> None:
        conn.execute(sa.update(accounts).where(accounts.c.key == 1).values(search="has begun"))
        pass_gate(conn, 1)
        note(conn, 1, ["messageNew"])

    def number_first(conn: Connection) -> None:
        note(conn, 2, ["messageNew"])
        pass_gate(conn, 2)

    async with opened(own_postgres_url) as database:
        await database.write(lambda conn: _add(conn, 1, 2))
        cursor = await database.read(newest)
        async with gate(own_postgres_url, 2) as last:
            async with gate(own_postgres_url, 1) as held:
                first = asyncio.create_task(database.write(begin_first))
                await someone_waits(held, 1)
                second = asyncio.create_task(database.write(number_first))
                await someone_waits(last, 2)
            await first
            assert await all_after(database, cursor) == []
        await second
        assert [event.account for event in await all_after(database, cursor)] == ["a2", "a1"]


async def test_the_oldest_go_when_there_are_too_many_but_none_that_waits_for_delivery(db: Database) -> None:
    await db.write(lambda conn: note(conn, 1, ["messageNew"] * 7))
    await db.write(lambda conn: conn.execute(sa.update(events).values(routed=True)))
    everything = [event.seq for event in await all_after(db, None)]
    assert len(everything) == 10
    waiting = {"endpoint": "global", "lane": 1, "event_seq": everything[2], "account_key": 1, "account": "a1"}
    row = {**waiting, "type": "messageNew", "size": 1, "created_at": 0}
    await db.write(lambda conn: conn.execute(sa.insert(deliveries), row))
    assert await db.write(lambda conn: prune_beyond(conn, 100)) == 0
    assert await db.write(lambda conn: prune_beyond(conn, 4)) == 2
    await db.write(lambda conn: conn.execute(sa.update(deliveries).values(state="delivered")))
    assert await db.write(lambda conn: prune_beyond(conn, 4)) == 4
    assert [event.seq for event in await all_after(db, None)] == everything[6:]


async def test_of_two_holders_of_one_id_each_has_its_own_events(db: Database) -> None:
    def again(conn: Connection) -> None:
        note(conn, 1, ["messageNew", "accountDeleted"])
        conn.execute(sa.delete(accounts).where(accounts.c.key == 1))
        names = dict.fromkeys(("name", "email", "search", "type"), "x")
        row = {"key": 4, "account": "a1", "created_at": 0, "state": "init", "state_since": 0, **names}
        conn.execute(sa.insert(accounts), row)
        begin(conn, 4, "a1", AccountEvent("accountAdded"), 3000)
        append(conn, 4, "a1", [AccountEvent("messageNew")], 3000)

    async def found(key: int | None, after: int | None = None) -> list[tuple[int, str]]:
        return [(each.account_key, each.type) for each in await all_after(db, after, wanted=WantedEvents("a1", key))]

    await db.write(again)
    first = [(1, "accountAdded"), (1, "messageNew"), (1, "accountDeleted")]
    second = [(4, "accountAdded"), (4, "messageNew")]
    assert await found(1) == first
    assert await found(4) == await found(4, 1) == second
    assert await found(None) == first + second
    last = await db.read(newest)
    assert await found(4, last - 1) == second[-1:]
    assert await found(5) == []
    assert (await page_after(db, 1, wanted=WantedEvents("a1", 5))).cursor == last
