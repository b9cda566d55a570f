"""In which order waiting jobs are taken: what somebody waits for first, what can wait a few at a time. Pure."""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import Final, Generic, TypeVar

J = TypeVar("J")

# While somebody is in haste, so many patient jobs go along with each group: the haste is served, and they still get on.
ALONGSIDE: Final = 4
_JOB_TAKES: Final = 0.001
"""Seconds, in a busy process. Where a commit takes long, jobs go along for as long as it does."""
HASTE_LASTS: Final = 0.1
"""Seconds: whoever had an answer asks again soon, and would wait for as large a group as began meanwhile."""


class Turn(Enum):
    """How urgent a job is."""

    VITAL = auto()
    """This process's heartbeat: late, it costs all its accounts. On PostgreSQL it has a connection of its own."""
    AHEAD = auto()
    """Somebody waits for the answer: a call of the API."""
    NORMAL = auto()
    PATIENT = auto()
    """Part of bringing accounts to life, of which there may be thousands at once."""


class Turns(Generic[J]):
    """Jobs that wait; at most `limit` are taken at a time. Times are seconds of one clock.

    `commit_takes` is how long the last group took to become durable, in seconds.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: dict[Turn, deque[J]] = {turn: deque() for turn in Turn}
        self._haste_until = float("-inf")
        self.commit_takes = 0.0

    def __bool__(self) -> bool:
        return any(self._waiting.values())

    def add(self, job: J, turn: Turn) -> None:
        """Have a job wait for its turn."""
        self._waiting[turn].append(job)

    def take(self, now: float) -> list[J]:
        """Return the jobs whose turn it is, in order; none if none waits."""
        group = self._first(Turn.VITAL, self._limit)
        if self._waiting[Turn.AHEAD]:
            self._haste_until = now + HASTE_LASTS
        group += self._first(Turn.AHEAD, self._limit - len(group))
        group += self._first(Turn.NORMAL, self._limit - len(group))
        most = max(self._limit - len(group), ALONGSIDE)
        if now < self._haste_until:
            most = min(most, max(ALONGSIDE, int(self.commit_takes / _JOB_TAKES)))
        return group + self._first(Turn.PATIENT, most)

    def _first(self, turn: Turn, most: int) -> list[J]:
        jobs = self._waiting[turn]
        return [jobs.popleft() for _ in range(min(most, len(jobs)))]
