"""All who watch state changes see each once, and are woken by one reader."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from postroom.accounts.changes import changes_store as changes
from postroom.accounts.changes.reader import ChangesReader, Watcher
from postroom.accounts.journal import STATE_TOPIC
from postroom.accounts.lifecycle import State
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.wakeups import wake
from tests.accounts.bodies import body
from tests.accounts.changes.test_changes_store import note


async def take(reader: ChangesReader, watcher: Watcher, count: int) -> list[State]:
    """The next state changes, as a stream reads them."""
    found: list[State] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            new = await reader.read(watcher)
            found += [change.state for change in new]
            if not new:
                await watcher.waiter.wait(60)
    return found


async def test_every_watcher_sees_every_change(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body())
    reader = ChangesReader(db)
    watchers = [Watcher(await db.read(changes.here)) for _ in range(5)]
    states = [State.CONNECTING, State.SYNCING, State.CONNECTED] * 5
    with ExitStack() as stack:
        for watcher in watchers:
            stack.enter_context(reader.joined(watcher))
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(reader.run())
            taking = [group.create_task(take(reader, watcher, len(states))) for watcher in watchers]
            for state in states:
                await note(db, accounts, "a", state)
                await db.write(lambda conn: wake(conn, STATE_TOPIC, "a"))
            assert [await each for each in taking] == [states] * 5
            looking.cancel()


async def test_what_came_before_the_reader_first_looked_is_seen(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body())
    reader = ChangesReader(db)
    watcher = Watcher(await db.read(changes.here))
    with reader.joined(watcher):
        assert await reader.read(watcher) == []
        await note(db, accounts, "a", State.CONNECTING)
        assert await reader.read(watcher) == []
        # The reader begins behind the change, and nobody will tell it of that one.
        await reader._look(set())
        assert [change.state for change in await reader.read(watcher)] == [State.CONNECTING]
        assert await reader._look(set()) is None


async def test_nobody_is_woken_for_nothing(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body())
    reader = ChangesReader(db)
    watcher = Watcher(await db.read(changes.here))
    with reader.joined(watcher):
        await reader._look(set())
        assert await reader.read(watcher) == []
        watcher.waiter.take()
        await reader._look(set())
        assert not watcher.has_news
        await note(db, accounts, "a", State.CONNECTING)
        await reader._look(set())
        assert watcher.has_news
