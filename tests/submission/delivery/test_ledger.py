"""The ledger: entries of many lanes in one transaction, kept while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import pytest

from postroom import loops
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn
from postroom.submission.delivery.claiming import ClaimWish, claim_work
from postroom.submission.delivery.exchange import LaneAnswer, LaneEntry, Settled
from postroom.submission.delivery.ledger import EntryRefused, Ledger
from postroom.submission.delivery.rules.posting import Mark, Moment, Posting
from postroom.submission.delivery.rules.results import concluded
from postroom.submission.transmission.parcel import Carried
from tests.fakes.failing_database import FailingDatabase, Fault
from tests.submission.delivery.rules.postings import TAKEN
from tests.submission.delivery.sendings import PostHouse

T = TypeVar("T")
ME, NOW = "one/1", 2**45
AT = Moment(NOW, 0.5)


class CountingDatabase(FailingDatabase):
    """Counts the writes."""

    writes = 0

    async def write(self, work: Callable[[Connection], T], *, turn: WriteTurn = WriteTurn.NORMAL) -> T:
        self.writes += 1
        return await super().write(work, turn=turn)


@asynccontextmanager
async def keeping(db: Database, told: list[tuple[int, LaneAnswer]] | None = None) -> AsyncIterator[Ledger]:
    """A ledger that runs for the block."""
    heard = told if told is not None else []
    ledger = Ledger(db, ME, 1000, lambda key, answer, _until: heard.append((key, answer)))
    task = asyncio.create_task(ledger.run())
    try:
        yield ledger
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def claimed(house: PostHouse, *accounts: str) -> dict[str, Posting]:
    """The first message of each account, whose lanes are claimed."""
    for account in accounts:
        await house.add_account(account)
        await house.submit(account)
    wish = ClaimWish(ME, NOW, NOW + 1000, 10)
    work = await house.db.write(lambda conn: claim_work(conn, wish))
    return {lane.account: posting for lane, [posting] in work.lanes}


def marking(posting: Posting) -> LaneEntry:
    return LaneEntry(posting.account_key, posting.account, AT, marks=(mark_of(posting),))


def mark_of(posting: Posting) -> Mark:
    return Mark(posting.id, f"t{posting.id}")


def settling(posting: Posting, **given: Any) -> LaneEntry:
    result = concluded(posting, Carried(("bob@example.test",), reply=TAKEN), AT)
    return LaneEntry(posting.account_key, posting.account, AT, settled=(Settled(mark_of(posting), result),), **given)


async def test_entries_that_come_together_share_a_transaction(house: PostHouse) -> None:
    counting = CountingDatabase(house.db)
    postings = await claimed(house, "ann", "bea", "cat")
    told: list[tuple[int, LaneAnswer]] = []
    async with keeping(counting, told) as ledger:
        answers = await asyncio.gather(*(ledger.enter(marking(each)) for each in postings.values()))
    assert all(answer.marked for answer in answers)
    assert counting.writes == 1
    assert {key for key, _ in told} == {each.account_key for each in postings.values()}


async def test_entries_of_one_lane_are_stored_one_after_the_other(house: PostHouse) -> None:
    [posting] = (await claimed(house, "ann")).values()
    async with keeping(house.db) as ledger:
        first, second = ledger.enter(marking(posting)), ledger.enter(settling(posting, releases=True))
        assert (await first).marked == {posting.id}
        assert (await second).is_released
    assert await house.states() == ["sent"]


@pytest.mark.parametrize("fault", ["before", "after", "blink"])
async def test_an_entry_outlasts_an_outage(house: PostHouse, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.01)
    failing = FailingDatabase(house.db)
    [posting] = (await claimed(house, "ann")).values()
    async with keeping(failing) as ledger:
        await ledger.enter(marking(posting))
        failing.fail(1, fault)
        waiting = ledger.enter(settling(posting, releases=True))
        while not failing.hits:
            await asyncio.sleep(0.005)
        failing.heal()
        assert (await waiting).is_released
    assert await house.states() == ["sent"]
    assert await house.names() == ["messageSent"]


async def test_one_bad_entry_does_not_keep_the_others_from_being_stored(
    house: PostHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.001)
    postings = await claimed(house, "ann", "bea")
    async with keeping(house.db) as ledger:
        await asyncio.gather(*(ledger.enter(marking(each)) for each in postings.values()))
        broken = LaneEntry(postings["ann"].account_key, "ann", AT, unmarked=("half a pair: \ud800",))
        broken_waits = ledger.enter(broken)
        good_waits = ledger.enter(settling(postings["bea"]))
        assert (await good_waits).is_mine
        with pytest.raises(EntryRefused):
            await broken_waits
        again = ledger.enter(settling(postings["ann"]))
        assert (await again).is_mine
    assert await house.states() == ["sent", "sent"]


async def test_what_is_left_is_stored_at_the_end(house: PostHouse) -> None:
    [posting] = (await claimed(house, "ann")).values()
    async with keeping(house.db) as ledger:
        await ledger.enter(marking(posting))
    forgotten = ledger.enter(settling(posting, releases=True))
    forgotten.cancel()
    await ledger.close()
    assert await house.states() == ["sent"]
