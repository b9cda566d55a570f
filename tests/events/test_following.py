"""One reader for all who follow the log, on both engines: nobody misses an event, and nobody is woken for nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.errors import StorageUnavailable
from postroom.events import cursor, following
from postroom.events.cursor import newest, news
from postroom.events.following import Follower, Following
from postroom.events.log import TOPIC, append, begin, prune
from postroom.events.model import CursorExpired, EventKind, LogNews, WantedEvents
from postroom.events.types import AccountEvent
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, events
from postroom.storage.wakeups import Waiter
from tests.fakes.databases import opened

TYPES = ("messageNew", "messageDeleted", "connectError")


def add(conn: Connection, *keys: int) -> None:
    names = dict.fromkeys(("name", "email", "search", "type"), "x")
    for key in keys:
        row = {"key": key, "account": f"a{key}", "created_at": 0, "state": "init", "state_since": 0, **names}
        conn.execute(sa.insert(accounts), row)
        begin(conn, key, f"a{key}", AccountEvent("accountAdded"), 1000)


def note(conn: Connection, key: int, *names: str) -> None:
    append(conn, key, f"a{key}", [AccountEvent(name) for name in names], 2000)


class Listener:
    """Reads whatever its follower is woken for, as a stream does."""

    def __init__(self, reader: Following, wanted: WantedEvents, since: int) -> None:
        self.reader = reader
        self.follower = Follower(wanted, since)
        self.seen: list[int] = []
        self.reads = 0

    async def listen(self, *, slowness: float = 0.0, limit: int = 100) -> None:
        with self.reader.joined(self.follower):
            while True:
                page = await self.reader.read(self.follower, limit=limit, max_size=1_000_000)
                self.reads += bool(page.events)
                self.seen += [event.seq for event in page.events]
                await asyncio.sleep(random.random() * slowness)
                if not page.more:
                    await self.follower.waiter.wait(60)

    async def comes_to(self, position: int) -> None:
        async with asyncio.timeout(60):
            while self.follower.position < position or self.follower.is_concerned:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(*work: Any) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in work]
        yield
        for task in tasks:
            task.cancel()


async def wanted_numbers(db: Database, wanted: WantedEvents, after: int) -> list[int]:
    page = await db.read(lambda conn: cursor.page(conn, after, wanted=wanted, limit=100_000))
    return [event.seq for event in page.events]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
async def test_whoever_follows_sees_all_that_is_wanted_once_and_in_order(db: Database, seed: int) -> None:
    """Many writers, and followers with filters, of whom some join late, some resume, and some are slow."""
    chance = random.Random(seed)
    await db.write(lambda conn: add(conn, 1, 2, 3, 4))
    reader = Following(db)
    choices = [
        WantedEvents(),
        WantedEvents("a1"),
        WantedEvents("a2", 2),
        WantedEvents("a3", 99),
        WantedEvents(types=TYPES[:1]),
    ]
    listeners = [(chance.choice(choices), chance.random() * 0.3, chance.choice((1, 7, 100))) for _ in range(12)]
    made: list[tuple[Listener, int]] = []

    async def write(key: int) -> None:
        for _ in range(20):
            await db.write(lambda conn: note(conn, key, *chance.choices(TYPES, k=chance.randint(1, 3))))
            await asyncio.sleep(chance.random() * 0.02)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(reader.run()))
        async with asyncio.TaskGroup() as writers:
            for key in (1, 2, 3, 4):
                writers.create_task(write(key))
            for wanted, slowness, limit in listeners:
                since = chance.choice((0, await db.read(cursor.here)))
                listener = Listener(reader, wanted, since)
                made.append((listener, since))
                await stack.enter_async_context(running(listener.listen(slowness=slowness, limit=limit)))
                await asyncio.sleep(0.03)
        last = await db.read(newest)
        for listener, since in made:
            await listener.comes_to(last)
            assert listener.seen == await wanted_numbers(db, listener.follower.wanted, since)


async def test_without_followers_no_event_wakes_the_reader(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    hints: list[str] = []

    class Noting(Waiter):
        def hint(self, key: str) -> None:
            hints.append(key)

    monkeypatch.setattr(following, "Waiter", Noting)
    reader = Following(db)
    monkeypatch.undo()
    witness = db.wakeups.subscribe(TOPIC)

    async def hinted() -> int:
        before = len(hints)
        await db.write(lambda conn: note(conn, 1, "messageNew"))
        assert await witness.wait(60)
        return len(hints) - before

    await db.write(lambda conn: add(conn, 1))
    assert await witness.wait(60)
    assert await hinted() == 0
    with reader.joined(Follower(WantedEvents(), 0)):
        with reader.joined(Follower(WantedEvents(), 0)):
            assert await hinted() == 1
        assert await hinted() == 1
    assert await hinted() == 0


async def test_whom_nothing_concerns_is_moved_along_without_reading(db: Database) -> None:
    await db.write(lambda conn: add(conn, 1, 2))
    reader = Following(db)
    begun = await db.read(cursor.here)
    idle = [Listener(reader, WantedEvents("a1"), begun) for _ in range(20)]
    awake = Listener(reader, WantedEvents("a2"), begun)
    async with running(reader.run(), awake.listen(), *(each.listen() for each in idle)):
        for each in (*idle, awake):
            await each.comes_to(begun)
        async with asyncio.timeout(60):
            while reader.position < begun:
                await asyncio.sleep(0.01)
        asked = counting(db)
        await db.write(lambda conn: note(conn, 2, "messageNew"))
        last = begun + 1
        for each in (*idle, awake):
            await each.comes_to(last)
    assert [each.reads for each in idle] == [0] * 20
    assert awake.seen == [last]
    # The one that is concerned reads once, the reader as often as it polls.
    assert sum(work.func is cursor.page for work in asked) == 1


def counting(db: Database) -> list[partial[Any]]:
    asked: list[partial[Any]] = []
    read = db.read

    async def noting(work: Any) -> Any:
        asked.append(work)
        return await read(work)

    db.read = noting  # type: ignore[method-assign]
    return asked


async def test_the_news_are_bounded_and_then_concern_everybody(db: Database) -> None:
    await db.write(lambda conn: add(conn, 1, 2))
    last = await db.read(newest)
    added = frozenset(EventKind(f"a{key}", key, "accountAdded") for key in (1, 2))
    assert await db.read(lambda conn: news(conn, last - 2)) == LogNews(last, added, is_behind=False)
    assert await db.read(lambda conn: news(conn, last - 2, 1)) == LogNews(last, None, is_behind=False)
    assert await db.read(lambda conn: news(conn, last)) == LogNews(last, frozenset(), is_behind=False)
    assert await db.read(lambda conn: news(conn, last + 5)) == LogNews(last, None, is_behind=False)


async def test_what_is_read_while_the_reader_moves_on_is_neither_lost_nor_doubled(db: Database) -> None:
    await db.write(lambda conn: add(conn, 1, 2))
    reader = Following(db)
    follower = Follower(WantedEvents("a1"), 0)
    with reader.joined(follower):
        await reader._look(set())
        read = db.read

        async def slow(work: Any) -> Any:
            found = await read(work)
            db.read = read  # type: ignore[method-assign]
            # Meanwhile something happens to another, and then to this one.
            await db.write(lambda conn: note(conn, 2, "messageNew"))
            await reader._look(set())
            await db.write(lambda conn: note(conn, 1, "messageNew"))
            await reader._look(set())
            return found

        db.read = slow  # type: ignore[method-assign]
        first = await reader.read(follower, limit=10, max_size=1000)
        second = await reader.read(follower, limit=10, max_size=1000)
    assert [event.type for event in (*first.events, *second.events)] == ["accountAdded", "messageNew"]
    assert follower.position == await db.read(newest)


async def test_a_read_that_failed_is_done_again(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await db.write(lambda conn: add(conn, 1))
    reader = Following(db)
    follower = Follower(WantedEvents(), 0)

    async def away(_work: object) -> object:
        raise StorageUnavailable("away")

    with reader.joined(follower):
        await reader._look(set())
        with monkeypatch.context() as patched:
            patched.setattr(db, "read", away)
            with pytest.raises(StorageUnavailable):
                await reader.read(follower, limit=10, max_size=1000)
        assert len((await reader.read(follower, limit=10, max_size=1000)).events) == 1


async def test_whose_events_are_gone_learns_it(db: Database) -> None:
    await db.write(lambda conn: add(conn, 1))
    reader = Following(db)
    follower = Follower(WantedEvents(), 0)
    with reader.joined(follower):
        await reader._look(set())
        await db.write(lambda conn: conn.execute(sa.update(events).values(routed=True)))
        await db.write(lambda conn: prune(conn, 5000))
        with pytest.raises(CursorExpired):
            await reader.read(follower, limit=10, max_size=1000)


async def test_who_had_read_all_learns_of_events_that_went_before_the_reader_saw_them(db: Database) -> None:
    await db.write(lambda conn: add(conn, 1))
    reader = Following(db)
    follower = Follower(WantedEvents(), await db.read(cursor.here))
    with reader.joined(follower):
        await reader._look(set())
        assert not (await reader.read(follower, limit=10, max_size=1000)).events
        await db.write(lambda conn: note(conn, 1, "messageNew"))
        await db.write(lambda conn: conn.execute(sa.update(events).values(routed=True)))
        await db.write(lambda conn: prune(conn, 5000))
        await reader._look(set())
        with pytest.raises(CursorExpired):
            await reader.read(follower, limit=10, max_size=1000)


async def test_an_event_behind_an_older_transaction_is_waited_for(
    own_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing hints at the end of a transaction that announces nothing; what came after it can be read only then."""
    monkeypatch.setattr(following, "POLL", 600.0)

    def begin_first(conn: Connection) -> None:
        conn.execute(sa.update(accounts).where(accounts.c.key == 1).values(search="has begun"))
        conn.execute(sa.text("SELECT pg_sleep(1)"))

    async with opened(own_postgres_url) as db:
        await db.write(lambda conn: add(conn, 1, 2))
        reader = Following(db)
        begun = await db.read(newest)
        listener = Listener(reader, WantedEvents(), begun)
        async with running(reader.run(), listener.listen()):
            async with asyncio.timeout(60):
                while reader.position < begun:
                    await asyncio.sleep(0.01)
            older = asyncio.create_task(db.write(begin_first))
            await asyncio.sleep(0.2)
            await db.write(lambda conn: note(conn, 2, "messageNew"))
            await older
            await listener.comes_to(begun + 1)
        assert listener.seen == [begun + 1]
