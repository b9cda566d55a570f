"""The one transaction of delivery under way: results, changes of lanes, marks of what comes next, and releases.

It can be repeated when its outcome is unknown: a result counts while its attempt's token stands in the row, a mark is
recognised by its token, and what was due at the time of the entry is no longer due once an attempt was counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from postroom.events.log import AccountNews, append_all
from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake
from postroom.submission.accepting.submission_store import make_due
from postroom.submission.delivery import lane_store, sending_store
from postroom.submission.delivery.lane_store import LaneChange
from postroom.submission.delivery.rules.posting import Addressee, AttemptResult, Mark, Moment, Posting
from postroom.submission.delivery.rules.results import failed, late, lost
from postroom.submission.delivery.rules.unreachable import Unreachable
from postroom.submission.delivery.sending_store import MessageStanding
from postroom.submission.model import TOPIC, MessageState
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
    `is_renewed`: its lease was prolonged.

    `marked` are the ids that may be written now. `is_released`: the lane was let go, and `next_at` is when it is due.
    """

    is_mine: bool
    may_send: bool = False
    is_renewed: bool = False
    marked: frozenset[int] = frozenset()
    loaded: tuple[Posting, ...] = ()
    is_released: bool = False
    next_at: int | None = None


def exchange(
    conn: Connection, me: str, entries: Sequence[LaneEntry], now: int, lease_until: int
) -> dict[int, LaneAnswer]:
    """Run the transaction for one entry per lane; return the answers by lane."""
    entries = sorted(entries, key=lambda each: each.key)
    sends = lane_store.hold(conn, me, [each.key for each in entries])
    lane_store.change(conn, me, [each.change for each in entries if each.change is not None], lease_until)
    for each in entries:
        sending_store.unmark(conn, each.key, each.unmarked)
    waiting = {each.key: [*each.waiting, *_all_unreachable(conn, each)] for each in entries}
    standings = sending_store.hold(conn, [number for each in entries for number in _ids(each, waiting[each.key])])
    conclude(conn, [result for each in entries for result in _counting(conn, each, waiting[each.key], standings)], now)
    marked = {each.key: _markable(each, standings) if sends.get(each.key) else [] for each in entries}
    sending_store.mark(conn, [mark for marks in marked.values() for mark in marks], now)
    answers = {each.key: _answered(conn, each, sends.get(each.key), marked[each.key], now) for each in entries}
    releases = [key for key, answer in answers.items() if answer.is_released and key in sends]
    due = lane_store.release(conn, me, releases)
    return {key: replace(answer, next_at=due.get(key)) for key, answer in answers.items()}


def _ids(entry: LaneEntry, waiting: Sequence[AttemptResult]) -> list[int]:
    """Return the messages whose rows an entry changes."""
    settled = [each.mark.submission for each in entry.settled]
    return [*settled, *(result.posting.id for result in waiting), *(each.submission for each in entry.marks)]


# Results


@dataclass(frozen=True, slots=True)
class CountingResult:
    """A result that counts. `mark` is None for a message that waited. `is_late`: the message was UNKNOWN."""

    result: AttemptResult
    mark: Mark | None = None
    is_late: bool = False


def _counting(
    conn: Connection, entry: LaneEntry, waiting: Sequence[AttemptResult], standings: Mapping[int, MessageStanding]
) -> Iterator[CountingResult]:
    """Yield the results of an entry that still count, and make the lane due for what a late one puts back."""
    for each in entry.settled:
        standing = standings.get(each.mark.submission)
        if standing is None:
            continue
        if standing.is_under_way(each.mark):
            yield CountingResult(each.result, each.mark)
        elif standing.is_lost(each.mark) and each.result.state is not MessageState.UNKNOWN:
            if each.result.state is MessageState.QUEUED:
                make_due(conn, entry.key, each.result.next_at)
            yield CountingResult(late(each.result), each.mark, is_late=True)
    for result in waiting:
        standing = standings.get(result.posting.id)
        if standing is not None and standing.state is MessageState.QUEUED:
            yield CountingResult(result)


def _all_unreachable(conn: Connection, entry: LaneEntry) -> list[AttemptResult]:
    """Return the results of all due messages of a lane for which no connection could be made."""
    unreachable = entry.unreachable
    if unreachable is None:
        return []
    due = sending_store.load(conn, entry.key, entry.at.now, MOST_AT_ONCE, with_bodies=False)
    return [
        failed(posting, unreachable.outcome, unreachable.because, _apart(entry.at, number))
        for number, posting in enumerate(due)
    ]


def _apart(at: Moment, number: int) -> Moment:
    """Return the moment with another roll for each message, so that they do not come back all at once."""
    return Moment(at.now, (at.roll + number * _STEP) % 1.0)


def leave_behind(conn: Connection, keys: Sequence[int] | None, now: int) -> int:
    """Make the messages UNKNOWN that an ended process may have been writing, in these lanes or in all.

    Returns how many there were.
    """
    at = Moment(now, 0.5)
    found = [
        CountingResult(lost(posting, posting.next_recipients(None), _LEFT_BEHIND, at), mark)
        for posting, mark in sending_store.orphans(conn, keys)
    ]
    conclude(conn, found, now)
    return len(found)


def conclude(conn: Connection, counting: Sequence[CountingResult], now: int) -> None:
    """Store results with their events and tasks. Octets that nobody needs any more are left to `outbox.pruner`."""
    if not counting:
        return
    results = [each.result for each in counting]
    sending_store.settle(conn, [(each.result, each.mark) for each in counting], now)
    said = [(each.result.posting.id, _to_say(each)) for each in counting]
    sending_store.say(conn, said, now)
    sending_store.forget_search(conn, [each.result.posting.id for each in counting if each.is_late])
    sending_store.add_tasks(conn, results, now)
    news = [
        AccountNews(each.posting.account_key, each.posting.account, each.events, each.posting.plan.trace)
        for each in results
    ]
    append_all(conn, news, now)
    for account in sorted({each.posting.account for each in results if each.tasks}):
        wake(conn, TOPIC, account)


def _to_say(counting: CountingResult) -> tuple[Addressee, ...]:
    # The row of a lost attempt says that its recipients are UNKNOWN, which the attempt did not know.
    return counting.result.addressees if counting.is_late else counting.result.changed


# Marks


def _markable(entry: LaneEntry, standings: Mapping[int, MessageStanding]) -> list[Mark]:
    """Return the marks that can be made, or were made when this entry was stored before."""
    markable = []
    for each in entry.marks:
        standing = standings.get(each.submission)
        if standing is not None and (standing.state is MessageState.QUEUED or standing.is_under_way(each)):
            markable.append(each)
    return markable


def _answered(
    conn: Connection, entry: LaneEntry, may_send: bool | None, marked: Sequence[Mark], now: int
) -> LaneAnswer:
    if may_send is None:
        return LaneAnswer(is_mine=False, is_released=entry.releases or entry.releases_if_empty)
    loaded = sending_store.load(conn, entry.key, now, entry.load if may_send else 0, known=entry.known)
    is_empty = not (marked or loaded)
    return LaneAnswer(
        is_mine=True,
        may_send=may_send,
        is_renewed=entry.change is not None,
        marked=frozenset(each.submission for each in marked),
        loaded=tuple(loaded),
        is_released=entry.releases or (entry.releases_if_empty and is_empty),
    )
