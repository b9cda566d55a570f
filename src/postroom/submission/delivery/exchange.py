"""The one transaction of delivery under way: results, changes of lanes, marks of what comes next, and releases.

It can be repeated when its outcome is unknown: a result counts while its attempt's token stands in the row, a mark is
recognised by its token, and what was due at the time of the entry is no longer due once an attempt was counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from postroom.events.log import append
from postroom.storage.wakeups import wake
from postroom.submission.accepting.submission_store import make_due
from postroom.submission.delivery import lane_store, sending_store
from postroom.submission.delivery.lane_store import LaneChange
from postroom.submission.delivery.rules.posting import AttemptResult, Mark, Moment, Posting
from postroom.submission.delivery.rules.results import failed, late, lost
from postroom.submission.delivery.rules.unreachable import Unreachable
from postroom.submission.model import TOPIC, MessageState, RecipientState, TaskKind
from postroom.words.strangers import Words

MOST_AT_ONCE = 500
"""Waiting messages that count a failed connection as an attempt."""

_LEFT_BEHIND = Words(
    "Postroom stopped, or lost its database, while it was sending this message. It may have been sent."
)
_STEP = 0.618


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a marked message."""

    mark: Mark
    result: AttemptResult


@dataclass(frozen=True, slots=True)
class LaneEntry:
    """What a process stores and asks for one lane that it holds.

    `waiting` are results of messages that were not marked. `unreachable`: no connection could be made, for all that
    are due. `unmarked` are tokens of marks that perhaps were made, and of which nothing was begun. `marks` are to be
    made, and up to `load` messages to be loaded besides those `known`. `releases`: the lane is let go.
    `releases_if_empty`: it is, unless something was marked or loaded.
    """

    key: int
    account: str
    at: Moment
    settled: tuple[Settled, ...] = ()
    waiting: tuple[AttemptResult, ...] = ()
    unmarked: tuple[str, ...] = ()
    unreachable: Unreachable | None = None
    change: LaneChange | None = None
    marks: tuple[Mark, ...] = ()
    load: int = 0
    known: tuple[int, ...] = ()
    releases: bool = False
    releases_if_empty: bool = False


@dataclass(frozen=True, slots=True)
class LaneAnswer:
    """What a process learns. `is_mine`: the lane is still its own. `may_send`: its account is not paused.

    `marked` are the ids that may be written now. `is_released`: the lane was let go, and `next_at` is when it is due.
    """

    is_mine: bool
    may_send: bool = False
    marked: frozenset[int] = frozenset()
    loaded: tuple[Posting, ...] = ()
    is_released: bool = False
    next_at: int | None = None


def exchange(
    conn: sa.Connection, me: str, entries: Sequence[LaneEntry], now: int, lease_until: int
) -> dict[int, LaneAnswer]:
    """Run the transaction for one entry per lane; return the answers by lane."""
    entries = sorted(entries, key=lambda each: each.key)
    sends = lane_store.hold(conn, me, [each.key for each in entries])
    lane_store.change(conn, me, [each.change for each in entries if each.change is not None], lease_until)
    for each in entries:
        settle(conn, each, now)
    answers = {each.key: _answered(conn, each, sends.get(each.key), now) for each in entries}
    releases = [key for key, answer in answers.items() if answer.is_released and key in sends]
    due = lane_store.release(conn, me, releases)
    return {key: replace(answer, next_at=due.get(key)) for key, answer in answers.items()}


def settle(conn: sa.Connection, entry: LaneEntry, now: int) -> None:
    """Store the results of a lane, with their events and tasks."""
    stored: list[AttemptResult] = []
    for each in entry.settled:
        if sending_store.settle(conn, each.result, each.mark.attempt, now):
            stored.append(each.result)
        elif sending_store.settle_late(conn, each.result, each.mark.attempt, now):
            stored.append(late(each.result))
            if each.result.state is MessageState.QUEUED:
                make_due(conn, entry.key, each.result.next_at)
    sending_store.unmark(conn, entry.key, entry.unmarked)
    stored += [result for result in entry.waiting if sending_store.settle_waiting(conn, result, now)]
    if entry.unreachable is not None:
        stored += _all_unreachable(conn, entry, entry.unreachable, now)
    _conclude(conn, stored, now)


def _all_unreachable(conn: sa.Connection, entry: LaneEntry, unreachable: Unreachable, now: int) -> list[AttemptResult]:
    due = sending_store.load(conn, entry.key, entry.at.now, MOST_AT_ONCE, with_bodies=False)
    results = [
        failed(posting, unreachable.outcome, unreachable.because, _apart(entry.at, number))
        for number, posting in enumerate(due)
    ]
    return [result for result in results if sending_store.settle_waiting(conn, result, now)]


def _apart(at: Moment, number: int) -> Moment:
    """Return the moment with another roll for each message, so that they do not come back all at once."""
    return Moment(at.now, (at.roll + number * _STEP) % 1.0)


def leave_behind(conn: sa.Connection, keys: Sequence[int] | None, now: int) -> int:
    """Make the messages UNKNOWN that an ended process may have been writing, in these lanes or in all.

    Returns how many there were.
    """
    found = sending_store.orphans(conn, keys)
    stored = []
    for posting, mark in found:
        result = lost(posting, posting.next_recipients(None), _LEFT_BEHIND, Moment(now, 0.5))
        if sending_store.settle(conn, result, mark.attempt, now):
            stored.append(result)
    _conclude(conn, stored, now)
    return len(stored)


def _conclude(conn: sa.Connection, stored: Sequence[AttemptResult], now: int) -> None:
    """Append the events of results, one account after the other, add their tasks, and remove what nobody needs."""
    for result in stored:
        posting = result.posting
        append(conn, posting.account_key, posting.account, result.events, now)
        if result.tasks:
            sending_store.add_tasks(conn, result, now)
            wake(conn, TOPIC, posting.account)
    sending_store.forget_bodies(conn, [each.posting.id for each in stored if _is_done_with(each)])


def _is_done_with(result: AttemptResult) -> bool:
    """Whether the octets are of no more use: everyone has the message, and no copy of it is wanted."""
    everyone = all(each.state in (RecipientState.SENT, RecipientState.BOUNCED) for each in result.addressees)
    return result.state is MessageState.SENT and everyone and TaskKind.COPY not in result.tasks


def _answered(conn: sa.Connection, entry: LaneEntry, may_send: bool | None, now: int) -> LaneAnswer:
    if may_send is None:
        return LaneAnswer(is_mine=False, is_released=entry.releases or entry.releases_if_empty)
    marked = frozenset(sending_store.mark(conn, entry.marks if may_send else (), now))
    loaded = sending_store.load(conn, entry.key, now, entry.load if may_send else 0, known=entry.known)
    is_empty = not (marked or loaded)
    return LaneAnswer(
        is_mine=True,
        may_send=may_send,
        marked=marked,
        loaded=tuple(loaded),
        is_released=entry.releases or (entry.releases_if_empty and is_empty),
    )
