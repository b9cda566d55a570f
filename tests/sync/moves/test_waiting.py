"""How long the sync waits for moves under way."""

from __future__ import annotations

import asyncio

import pytest

from postroom.events.types import Event
from postroom.storage.statements.connection import Connection
from postroom.sync.moves import waiting
from postroom.sync.moves.book import Undecided
from postroom.sync.moves.waiting import NO_MOVES, StoredMoves
from postroom.threads.moves import under_way_store
from postroom.threads.moves.under_way_store import UnderWay
from tests.sync.memory_account import MemoryAccount, memory_database

engine = memory_database()


async def begin(account: MemoryAccount, *ids: str) -> None:
    def work(conn: Connection) -> tuple[None, list[Event]]:
        for each in ids:
            under_way_store.begin(conn, account.lease.key, UnderWay(each, 1, "B", account.time + 1), account.time)
        return None, []

    await account.write(work)


async def end(account: MemoryAccount, id_: str) -> None:
    def work(conn: Connection) -> tuple[None, list[Event]]:
        under_way_store.end(conn, account.lease.key, id_)
        return None, []

    await account.write(work)


class Step:
    """A step of the sync that these moves may concern; `tries` counts how often it was tried."""

    def __init__(self, account: MemoryAccount) -> None:
        self.account = account
        self.tries = 0

    async def __call__(self) -> str:
        self.tries += 1

        def pending(conn: Connection) -> frozenset[str]:
            key, now = self.account.lease.key, self.account.time
            found = {each.id for each in under_way_store.under_way(conn, key, now)}
            return frozenset(found - set(self.account.moves.book(conn).waited))

        if ids := await self.account.read(pending):
            raise Undecided(ids)
        return "done"


async def test_nothing_under_way_is_no_wait() -> None:
    account = MemoryAccount(engine)
    step = Step(account)
    assert (await account.moves.settled(step), step.tries) == ("done", 1)


async def test_it_goes_on_as_soon_as_the_outcome_is_known() -> None:
    account = MemoryAccount(engine)
    await begin(account, "m", "n")
    step = Step(account)
    waits = asyncio.create_task(account.moves.settled(step))
    await asyncio.sleep(0.05)
    await end(account, "m")
    assert not waits.done()
    await end(account, "n")
    assert await waits == "done"
    # It was tried only when there was news.
    assert step.tries == 2


async def test_a_move_that_never_ends_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 0.1)
    account = MemoryAccount(engine)
    await begin(account, "m")
    step = Step(account)
    assert (await account.moves.settled(step), step.tries) == ("done", 2)
    assert (await account.moves.settled(step), step.tries) == ("done", 3)
    # Another one that begins meanwhile does not prolong the wait of a step.
    await begin(account, "n")

    async def endless() -> str:
        if not step.tries:
            return "done"
        step.tries -= 1
        raise Undecided(frozenset({"n"}))

    assert await account.moves.settled(endless) == "done"


async def test_folders_that_await_messages_are_asked_for_once() -> None:
    account = MemoryAccount(engine)
    assert not await account.moves.awaits(1)
    account._engine = None  # type: ignore[assignment]
    assert not await account.moves.awaits(1)


async def test_what_a_life_before_has_left_is_known_from_the_beginning() -> None:
    account = MemoryAccount(engine)
    assert account.moves.may_hold
    stored = await account.read(account.moves.stored)
    assert stored == NO_MOVES
    account._engine = None  # type: ignore[assignment]
    account.moves.begin(stored)
    assert not account.moves.may_hold
    assert not await account.moves.awaits(1)
    account.moves.begin(StoredMoves(holds=True, awaiting=frozenset({1})))
    assert account.moves.may_hold
    assert await account.moves.awaits(1)
