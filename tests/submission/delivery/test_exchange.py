"""The transaction of delivery: what it stores, and that it may be repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.smtp.replies import Reply
from postroom.storage.database import Database
from postroom.storage.schema.sending import sending_lanes, submissions
from postroom.submission.delivery.claiming import ClaimWish, claim_work
from postroom.submission.delivery.exchange import (
    LaneAnswer,
    LaneEntry,
    Settled,
    exchange,
    leave_behind,
)
from postroom.submission.delivery.lane_store import LaneChange
from postroom.submission.delivery.rules.posting import AttemptResult, Because, Mark, Moment, Posting
from postroom.submission.delivery.rules.results import concluded, failed, untouched
from postroom.submission.delivery.rules.unreachable import Unreachable
from postroom.submission.model import RecipientOutcome, RecipientState
from postroom.submission.transmission.parcel import Carried
from postroom.words.strangers import Words
from tests.fakes.failing_database import contents
from tests.submission.delivery.rules.postings import TAKEN
from tests.submission.delivery.sendings import PostHouse

ME, LATER = "one/1", 2**45
AT = Moment(LATER, 0.5)
NOBODY_THERE = Unreachable(Because(Words("Connection refused"), "ECONNREFUSED"), is_final=False)


class Holder:
    """A process that holds the lane of an account with three messages."""

    def __init__(self, house: PostHouse, key: int, postings: tuple[Posting, ...]) -> None:
        self.house = house
        self.key = key
        self.postings = postings
        self.marks = tuple(Mark(each.id, f"t{number}") for number, each in enumerate(postings))

    async def enter(self, me: str = ME, **given: Any) -> LaneAnswer:
        """Run the transaction with one entry."""
        entry = LaneEntry(self.key, "ann", AT, **given)
        work = lambda conn: exchange(conn, me, [entry], LATER, LATER + 1000)  # noqa: E731
        return (await self.house.db.write(work))[self.key]

    def taken(self, number: int) -> Settled:
        """The success of a message."""
        result = concluded(self.postings[number], Carried(("bob@example.test",), reply=TAKEN), AT)
        return Settled(self.marks[number], result)

    def of(self, number: int, result: AttemptResult) -> Settled:
        return Settled(self.marks[number], result)


@pytest.fixture
async def holder(house: PostHouse) -> Holder:
    await house.add_account()
    for number in range(3):
        await house.submit(number=number)
    wish = ClaimWish(ME, LATER, LATER + 1000, 5)
    work = await house.db.write(lambda conn: claim_work(conn, wish))
    [(lane, postings)] = work.lanes
    return Holder(house, lane.key, postings)


async def test_marks_are_made_once_for_each_token(holder: Holder) -> None:
    first, second, _ = holder.marks
    answer = await holder.enter(marks=(first,))
    assert answer.marked == {first.submission}
    assert (answer.is_mine, answer.may_send, answer.is_released) == (True, True, False)
    assert (await holder.enter(marks=(first, second))).marked == {first.submission, second.submission}
    assert (await holder.enter(marks=(Mark(first.submission, "another"),))).marked == frozenset()
    assert await holder.house.states() == ["sending", "sending", "queued"]


async def test_a_result_and_the_next_mark_go_together(holder: Holder) -> None:
    await holder.enter(marks=holder.marks[:1])
    answer = await holder.enter(settled=(holder.taken(0),), marks=holder.marks[1:2])
    assert answer.marked == {holder.marks[1].submission}
    assert await holder.house.states() == ["sent", "sending", "queued"]
    assert await holder.house.names() == ["messageSent"]


async def test_a_repeated_exchange_changes_nothing(holder: Holder, db: Database) -> None:
    tables = list(submissions.metadata.sorted_tables)
    await holder.enter(marks=holder.marks[:2])
    refusal = concluded(holder.postings[1], Carried(("bob@example.test",), reply=Reply(451, "later")), AT)
    entry: dict[str, Any] = {
        "settled": (holder.taken(0), holder.of(1, refusal)),
        "change": LaneChange(holder.key, 1, LATER + 50, "busy", {"minute": []}, {"status": "ok"}),
        "unreachable": NOBODY_THERE,
        "marks": (),
    }
    first = await holder.enter(**entry)
    before = await db.read(lambda conn: contents(conn, tables))
    assert await holder.enter(**entry) == first
    assert await db.read(lambda conn: contents(conn, tables)) == before
    assert await holder.house.states() == ["sent", "queued", "queued"]


async def test_without_a_connection_all_due_messages_count_an_attempt(holder: Holder) -> None:
    await holder.enter(unreachable=NOBODY_THERE, releases=True)
    rows = await holder.house.rows()
    assert [row.attempts for row in rows] == [1, 1, 1]
    assert {row.error["code"] for row in rows} == {"ECONNREFUSED"}
    assert len({row.next_at for row in rows}) == 3
    assert await holder.house.names() == ["messageDeliveryError"] * 3
    assert (await holder.house.lane()).next_at == min(row.next_at for row in rows)


async def test_one_message_may_fail_while_it_waits(holder: Holder) -> None:
    outcome = RecipientOutcome(RecipientState.REFUSED, said="gone")
    result = failed(holder.postings[1], outcome, Because(Words("gone"), "EMESSAGE"), AT)
    await holder.enter(waiting=(result,))
    assert await holder.house.states() == ["queued", "failed", "queued"]
    await holder.enter(waiting=(result,))
    assert await holder.house.names() == ["messageDeliveryError", "messageFailed"]


async def test_a_mark_that_was_not_used_goes_back(holder: Holder) -> None:
    await holder.enter(marks=holder.marks[:2])
    back = untouched(holder.postings[0], LATER)
    answer = await holder.enter(settled=(holder.of(0, back),), unmarked=("t1", "t2"), releases=True)
    assert answer.is_released
    assert await holder.house.states() == ["queued"] * 3
    lane = await holder.house.lane()
    assert lane.claimed_by is None
    assert lane.next_at <= LATER


async def test_more_is_loaded_and_an_empty_lane_is_released(holder: Holder) -> None:
    known = tuple(each.id for each in holder.postings[:2])
    answer = await holder.enter(load=10, known=known, releases_if_empty=True)
    assert [each.id for each in answer.loaded] == [holder.postings[2].id]
    assert not answer.is_released
    await holder.enter(marks=holder.marks)
    settled = tuple(holder.taken(number) for number in range(3))
    answer = await holder.enter(settled=settled, load=10, releases_if_empty=True)
    assert (answer.loaded, answer.is_released, answer.next_at) == ((), True, None)


async def test_a_message_that_needs_a_further_transaction_is_loaded_at_once(holder: Holder) -> None:
    house = holder.house
    await house.db.write(lambda conn: conn.execute(sa.update(submissions).values(state="sent")) and None)
    await house.submit("ann", "bob@example.test", "carl@example.test", number=9)
    [message] = (await holder.enter(load=10)).loaded
    mark = Mark(message.id, "t9")
    await holder.enter(marks=(mark,))
    half = concluded(message, Carried(("bob@example.test",), untried=("carl@example.test",), reply=TAKEN), AT)
    [rest] = (await holder.enter(settled=(Settled(mark, half),), load=10, releases_if_empty=True)).loaded
    assert rest.next_recipients(None) == ("carl@example.test",)
    assert rest.attempts == 0


async def test_a_paused_account_gets_no_marks(holder: Holder) -> None:
    await holder.house.db.write(lambda conn: conn.execute(sa.update(sending_lanes).values(paused=True)) and None)
    answer = await holder.enter(marks=holder.marks, load=10)
    assert (answer.is_mine, answer.may_send, answer.marked, answer.loaded) == (True, False, frozenset(), ())


async def test_a_lost_lane_gets_no_marks_and_keeps_its_pause(holder: Holder) -> None:
    change = LaneChange(holder.key, 7, 8, "no")
    answer = await holder.enter("two/2", marks=holder.marks, change=change, releases=True)
    assert (answer.is_mine, answer.marked, answer.is_released) == (False, frozenset(), True)
    lane = await holder.house.lane()
    assert (lane.claimed_by, lane.failures) == (ME, 0)


async def test_a_result_of_a_message_that_is_gone_is_ignored(holder: Holder) -> None:
    await holder.enter(marks=holder.marks[:1])
    await holder.house.accounts.remove("ann")
    await holder.enter(settled=(holder.taken(0),), releases=True)
    assert await holder.house.rows() == []


async def test_a_result_counts_only_for_its_own_attempt(holder: Holder) -> None:
    await holder.enter(marks=holder.marks[:1])
    other = replace(holder.taken(0), mark=Mark(holder.marks[0].submission, "another"))
    await holder.enter(settled=(other,))
    assert await holder.house.states() == ["sending", "queued", "queued"]


async def test_what_is_left_behind_is_unknown_and_its_late_answer_counts(holder: Holder) -> None:
    house = holder.house
    await holder.enter(marks=holder.marks[:2])
    assert await house.db.write(lambda conn: leave_behind(conn, [holder.key], LATER)) == 2
    assert await house.db.write(lambda conn: leave_behind(conn, [holder.key], LATER)) == 0
    assert await house.states() == ["unknown", "unknown", "queued"]
    assert await house.names() == ["messageUnknown", "messageUnknown"]
    assert await house.tasks() == ["find", "find"]
    back = untouched(holder.postings[1], LATER)
    await holder.enter("dead/1", settled=(holder.taken(0), holder.of(1, back)))
    assert await house.states() == ["sent", "queued", "queued"]
    assert await house.tasks() == []
    assert (await house.names())[2:] == ["messageResolved", "messageSent", "messageResolved"]
    assert [state for _, state in await house.recipients()] == ["sent", "queued", "queued"]
    assert [row.attempts for row in await house.rows()] == [1, 0, 0]


async def test_a_decided_message_is_not_decided_again(holder: Holder) -> None:
    house = holder.house
    await holder.enter(marks=holder.marks[:1])
    await house.db.write(lambda conn: leave_behind(conn, None, LATER))
    await house.db.write(lambda conn: conn.execute(sa.update(submissions).values(state="sent", attempt=None)) and None)
    await holder.enter(settled=(holder.taken(0),))
    assert await house.names() == ["messageUnknown"]


async def test_many_lanes_share_a_transaction(house: PostHouse) -> None:
    for account in ("ann", "bea", "cat"):
        await house.add_account(account)
        await house.submit(account)
    wish = ClaimWish(ME, LATER, LATER + 1000, 5)
    work = await house.db.write(lambda conn: claim_work(conn, wish))
    entries = []
    for lane, [posting] in work.lanes:
        mark = Mark(posting.id, f"t{lane.key}")
        entries.append(LaneEntry(lane.key, lane.account, AT, marks=(mark,)))
    marked = await house.db.write(lambda conn: exchange(conn, ME, entries, LATER, LATER + 1000))
    assert all(len(answer.marked) == 1 for answer in marked.values())
    results = []
    for entry, (_, [posting]) in zip(entries, work.lanes, strict=True):
        settled = Settled(entry.marks[0], concluded(posting, Carried(("bob@example.test",), reply=TAKEN), AT))
        results.append(LaneEntry(entry.key, entry.account, AT, settled=(settled,), releases=True))
    answers = await house.db.write(lambda conn: exchange(conn, ME, results, LATER, LATER + 1000))
    assert all(answer.is_released and answer.next_at is None for answer in answers.values())
    assert await house.states() == ["sent"] * 3
    assert await house.names() == ["messageSent"] * 3
