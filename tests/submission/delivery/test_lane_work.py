"""What a process knows of a lane: the order of messages, and that at most two are marked."""

from __future__ import annotations

import pytest

from postroom.submission.delivery.claiming import FIRST_LOAD
from postroom.submission.delivery.exchange import LaneAnswer, LaneEntry
from postroom.submission.delivery.lane_work import HeldLane, LaneWork
from postroom.submission.delivery.rules.posting import Because, Moment, Pause
from postroom.submission.delivery.rules.results import concluded, failed
from postroom.submission.delivery.rules.unreachable import NO_SMTP
from postroom.submission.model import MessageState, RecipientOutcome, RecipientState
from postroom.submission.transmission.parcel import Carried
from postroom.words.strangers import Words
from tests.submission.delivery.rules.postings import AT, NOW, TAKEN, posting

SHORT = Pause(1_000, Words("the connection broke"))
LONG = Pause(300_000, Words("the limit of the provider"))


def work_of(count: int) -> LaneWork:
    lane = HeldLane(3, "ann", NOW + 1000)
    return LaneWork(lane, [posting("a@x", id=number) for number in range(count)])


def agree(entry: LaneEntry, *, loaded: int = 0, released: bool = False) -> LaneAnswer:
    """The answer of a database that makes every mark."""
    marked = frozenset(each.submission for each in entry.marks)
    more = tuple(posting("a@x", id=1000 + number) for number in range(loaded))
    return LaneAnswer(is_mine=True, may_send=True, marked=marked, loaded=more, is_released=released)


def sent(work: LaneWork) -> None:
    """Carry the next message with success."""
    message, mark = work.begin_next()
    work.settle(mark, concluded(message, Carried(("a@x",), reply=TAKEN), AT), NOW)


def test_two_messages_are_marked_at_first_and_one_ahead_later() -> None:
    work = work_of(5)
    entry = work.entry(AT, is_idle=True)
    assert [each.submission for each in entry.marks] == [0, 1]
    work.take(agree(entry))
    assert [message.id for message, _ in work.ready] == [0, 1]
    sent(work)
    message, mark = work.begin_next()
    ahead = work.entry(AT)
    assert [each.submission for each in ahead.marks] == [2]
    assert [each.mark.submission for each in ahead.settled] == [0]
    work.settle(mark, concluded(message, Carried(("a@x",), reply=TAKEN), AT), NOW)
    work.take(agree(ahead))
    assert [message.id for message, _ in work.ready] == [2]
    assert work.has_news


def test_no_more_than_two_are_marked_whatever_happens() -> None:
    work = work_of(5)
    work.take(agree(work.entry(AT, is_idle=True)))
    assert work.entry(AT, is_idle=True).marks == ()
    work.begin_next()
    assert work.entry(AT).marks == ()


def test_a_message_that_could_not_be_marked_is_left_out() -> None:
    work = work_of(2)
    entry = work.entry(AT, is_idle=True)
    work.take(LaneAnswer(is_mine=True, may_send=True, marked=frozenset({1})))
    assert len(entry.marks) == 2
    assert work.next is not None
    assert work.next.id == 1


def test_an_empty_lane_asks_for_more_before_it_is_released() -> None:
    work = work_of(1)
    work.take(agree(work.entry(AT, is_idle=True)))
    assert not work.has_news
    sent(work)
    entry = work.entry(AT, is_idle=True)
    assert (entry.load, entry.releases_if_empty, len(entry.settled)) == (FIRST_LOAD, True, 1)
    work.take(agree(entry, released=True))
    assert (work.is_released, work.is_over) == (True, True)


def test_a_full_lane_loads_more_before_it_is_empty() -> None:
    work = work_of(FIRST_LOAD)
    loads = []
    work.take(agree(work.entry(AT, is_idle=True)))
    for _ in range(FIRST_LOAD - 1):
        sent(work)
        entry = work.entry(AT, is_idle=True)
        loads.append(entry.load)
        work.take(agree(entry, loaded=1 if entry.load else 0))
    assert sum(load > 0 for load in loads) == 1
    assert work.next is not None


def test_a_lost_or_paused_lane_begins_nothing_more() -> None:
    for answer in (LaneAnswer(is_mine=False), LaneAnswer(is_mine=True, may_send=False)):
        work = work_of(3)
        work.entry(AT, is_idle=True)
        work.take(answer)
        assert work.is_over
        assert not work.ready


def test_at_the_end_every_mark_is_accounted_for() -> None:
    work = work_of(5)
    work.take(agree(work.entry(AT, is_idle=True)))
    sent(work)
    work.begin_next()
    asked = work.entry(AT).marks
    work.take(agree(LaneEntry(3, "ann", AT)))
    ready = work.entry(AT, is_idle=True)
    work.take(agree(ready))
    asked_last = work.entry(AT)
    last = work.last_entry(AT)
    assert last.releases
    back = [each.mark.submission for each in last.settled]
    assert back == [each.submission for each in ready.marks]
    assert all(each.result.state is MessageState.QUEUED for each in last.settled)
    assert last.unmarked == tuple(each.attempt for each in asked_last.marks)
    assert asked
    assert not work.ready


def test_the_marks_of_an_entry_without_an_answer_are_withdrawn() -> None:
    work = work_of(2)
    entry = work.entry(AT, is_idle=True)
    assert work.last_entry(AT).unmarked == tuple(each.attempt for each in entry.marks)


def test_a_pause_ends_the_work_and_is_stored() -> None:
    work = work_of(2)
    work.take(agree(work.entry(AT, is_idle=True)))
    message, mark = work.begin_next()
    outcome = RecipientOutcome(RecipientState.DEFERRED, said="slow down")
    result = failed(message, outcome, Because(Words("slow down"), "EMESSAGE"), AT)
    work.settle(mark, result, NOW)
    work.stop(Pause(NOW + 5000, "slow down"))
    work.count(NOW)
    change = work.last_entry(AT).change
    assert change is not None
    assert (change.held_until, change.held_for) == (NOW + 5000, "slow down")
    assert change.used is not None
    assert change.last is not None
    assert change.last["status"] == "error"
    assert work.is_over


def test_without_a_connection_the_account_shows_why() -> None:
    entry = work_of(1).last_entry(AT, NO_SMTP)
    assert entry.unreachable == NO_SMTP
    assert entry.change is not None
    assert entry.change.last is not None
    assert entry.change.last["code"] == "ENOSMTP"


def test_the_next_message_can_be_given_up_marked_or_not() -> None:
    work = work_of(3)
    outcome = RecipientOutcome(RecipientState.REFUSED, said="gone")
    because = Because(Words("gone"), "EMESSAGE")
    work.give_up_next(failed(posting("a@x", id=0), outcome, because, AT), NOW)
    entry = work.entry(AT, is_idle=True)
    assert [result.posting.id for result in entry.waiting] == [0]
    work.take(agree(entry))
    work.give_up_next(failed(posting("a@x", id=1), outcome, because, AT), NOW)
    last = work.last_entry(AT)
    assert [each.mark.submission for each in last.settled] == [1, 2]


def test_a_lane_is_held_until_its_lease_ends_or_another_has_it() -> None:
    lane = HeldLane(3, "ann", NOW)
    assert lane.is_held(NOW - 1)
    assert not lane.is_held(NOW)
    lane.is_lost = True
    assert not lane.is_held(NOW - 1)


def test_the_status_of_an_account_is_stored_when_it_changes_and_every_second() -> None:
    work = work_of(9)
    stored = []
    for number in range(4):
        entry = work.entry(Moment(NOW + number * 600, 0.5), is_idle=True)
        stored.append(entry.change is not None)
        work.take(agree(entry))
        sent(work)
    # At first for its lease, with the first success, and after a second.
    assert stored == [True, True, False, True]


@pytest.mark.parametrize("pauses", [(SHORT, LONG), (LONG, SHORT), (LONG, None)])
def test_of_several_pauses_the_longest_counts(pauses: tuple[Pause | None, ...]) -> None:
    work = LaneWork(HeldLane(1, "ann", 0), ())
    for each in pauses:
        work.stop(each)
    assert (work.is_over, work.pause) == (True, LONG)
