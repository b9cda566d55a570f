"""What a process knows of a lane it works on: messages that wait, are marked, and have results to be stored.

At most two messages of a lane are marked: the one under way and the next. So its mark is stored, together with the
result before, while a message is under way, and nothing waits for the database between two messages.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Iterable

from postroom.footprint.dataclass import dataclass
from postroom.submission.delivery.claiming import FIRST_LOAD
from postroom.submission.delivery.exchange import LaneAnswer, LaneEntry, Settled
from postroom.submission.delivery.lane_store import LaneChange
from postroom.submission.delivery.rules.budgets import NOTHING_SENT, Used
from postroom.submission.delivery.rules.posting import AttemptResult, Mark, Moment, Pause, Posting
from postroom.submission.delivery.rules.results import untouched
from postroom.submission.delivery.rules.smtp_status import failed_attempt, last_attempt
from postroom.submission.delivery.rules.unreachable import Unreachable

MOST_MARKED = 2
_TOKEN_BYTES = 9
_STATUS_EVERY_MS = 1000


@dataclass(slots=True)
class HeldLane:
    """A lane that this process holds until `lease_until` (milliseconds since 1970), unless another one has it by now.

    `failures` in a row say how long the next pause is.
    """

    key: int
    account: str
    lease_until: int
    failures: int = 0
    used: Used = NOTHING_SENT
    is_lost: bool = False

    def is_held(self, now: int) -> bool:
        """Whether a message of it may begin now."""
        return not self.is_lost and now < self.lease_until


class LaneWork:
    """The messages of a held lane. `is_over`: nothing more of it may begin. `is_released`: it is no longer held.

    `has_begun`: some message was under way. `ready` are marked and not begun. `awaited` is the answer to the entry that
    is not stored yet.
    """

    def __init__(self, lane: HeldLane, postings: Iterable[Posting]) -> None:
        self.lane = lane
        self.pause: Pause | None = None
        self.is_over = False
        self.is_released = False
        self.has_begun = False
        self.ready: deque[tuple[Posting, Mark]] = deque()
        self.awaited: asyncio.Future[LaneAnswer] | None = None
        self._queue = deque(postings)
        self._may_have_more = len(self._queue) >= FIRST_LOAD
        self._asked: dict[int, tuple[Posting, Mark]] = {}
        self._settled: list[Settled] = []
        self._waiting: list[AttemptResult] = []
        self._last: dict[str, object] | None = None
        self._counts = False
        self._is_loading = False
        # How the account fared, and when, as it is stored.
        self._fares: tuple[int, Pause | None, object] = (lane.failures, None, None)
        self._changed_at = 0

    @property
    def next(self) -> Posting | None:
        """The message to send next, None when none is known."""
        if self.ready:
            return self.ready[0][0]
        return self._queue[0] if self._queue else None

    @property
    def has_news(self) -> bool:
        """Whether there is a result to store, or a mark to make ahead of time."""
        return bool(self._settled or (self._queue and len(self.ready) < MOST_MARKED - 1))

    # What happened

    def begin_next(self) -> tuple[Posting, Mark]:
        """Return the first of the marked messages, which is under way from now on."""
        self.has_begun = True
        return self.ready.popleft()

    def settle(self, mark: Mark, result: AttemptResult, now: int) -> None:
        """Take in what became of a marked message."""
        self._settled.append(Settled(mark, result))
        self._last = last_attempt(result, now) or self._last
        if result.pause is not None:
            self.stop(result.pause)

    def count(self, now: int) -> None:
        """Count a message that was transmitted against the provider's budget."""
        self.lane.used = self.lane.used.plus(1, now)
        self._counts = True

    def give_up_next(self, result: AttemptResult, now: int) -> None:
        """Take in what became of the next message, which was not begun."""
        self._last = last_attempt(result, now) or self._last
        if self.ready:
            self._settled.append(Settled(self.ready.popleft()[1], result))
        else:
            self._queue.popleft()
            self._waiting.append(result)

    def stop(self, pause: Pause | None = None) -> None:
        """Begin no more messages; `pause` is for the account. The longest counts."""
        self.is_over = True
        if pause is not None and (self.pause is None or pause.until > self.pause.until):
            self.pause = pause

    # The database

    def entry(self, at: Moment, *, is_idle: bool = False) -> LaneEntry:
        """Return what is to be stored, with marks for the next messages.

        `is_idle`: no message is under way, so the lane is released when it is empty.
        """
        room = MOST_MARKED - len(self.ready) - (0 if is_idle else 1)
        while self._queue and len(self._asked) < room:
            posting = self._queue.popleft()
            self._asked[posting.id] = (posting, Mark(posting.id, secrets.token_urlsafe(_TOKEN_BYTES)))
        is_empty = is_idle and not (self.ready or self._asked or self._queue)
        loads = is_empty or (self._may_have_more and len(self._queue) < MOST_MARKED)
        self._is_loading = loads
        return self._taken(
            at,
            marks=tuple(mark for _, mark in self._asked.values()),
            load=FIRST_LOAD if loads else 0,
            known=tuple(each.id for each in self._queue),
            releases_if_empty=is_empty,
        )

    def last_entry(self, at: Moment, unreachable: Unreachable | None = None) -> LaneEntry:
        """Return what is to be stored in the end: marks that were not used go back, and the lane is released."""
        self._settled += [Settled(mark, untouched(posting, at.now)) for posting, mark in self.ready]
        self.ready.clear()
        unmarked = tuple(mark.attempt for _, mark in self._asked.values())
        self._asked.clear()
        if unreachable is not None:
            self._last = failed_attempt(unreachable.because, at.now)
        return self._taken(at, unmarked=unmarked, unreachable=unreachable, releases=True)

    def _taken(
        self,
        at: Moment,
        *,
        unmarked: tuple[str, ...] = (),
        unreachable: Unreachable | None = None,
        marks: tuple[Mark, ...] = (),
        load: int = 0,
        known: tuple[int, ...] = (),
        releases: bool = False,
        releases_if_empty: bool = False,
    ) -> LaneEntry:
        settled, self._settled = tuple(self._settled), []
        waiting, self._waiting = tuple(self._waiting), []
        return LaneEntry(
            self.lane.key,
            self.lane.account,
            at,
            settled=settled,
            waiting=waiting,
            unmarked=unmarked,
            unreachable=unreachable,
            change=self._change(at.now, is_last=releases or releases_if_empty),
            marks=marks,
            load=load,
            known=known,
            releases=releases,
            releases_if_empty=releases_if_empty,
        )

    def _change(self, now: int, *, is_last: bool) -> LaneChange | None:
        """Return what is to be stored of the lane: at the end, when the account fares otherwise, and every second."""
        fares = (self.lane.failures, self.pause, self._last["status"] if self._last is not None else self._fares[2])
        if not (is_last or self._counts or fares != self._fares or now >= self._changed_at + _STATUS_EVERY_MS):
            return None
        used = self.lane.used.as_row() if self._counts else None
        last, pause = self._last, self.pause
        self._counts, self._last, self._fares, self._changed_at = False, None, fares, now
        return LaneChange(
            self.lane.key,
            self.lane.failures,
            pause.until if pause is not None else None,
            pause.reason if pause is not None else None,
            used,
            last,
        )

    def take(self, answer: LaneAnswer) -> None:
        """Take in the answer to an entry: what may be written, and what was loaded."""
        asked, self._asked, self.awaited = self._asked, {}, None
        self.ready.extend(each for number, each in asked.items() if number in answer.marked)
        if self._is_loading:
            self._may_have_more = len(answer.loaded) >= FIRST_LOAD
        self._queue.extend(answer.loaded)
        self.is_released = answer.is_released
        if not answer.is_mine or not answer.may_send or answer.is_released:
            self.is_over = True
