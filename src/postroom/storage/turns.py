"""The order of waiting jobs: urgent ones first, patient ones a few at a time. Pure."""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import Final, Generic, TypeVar

J = TypeVar("J")

# While somebody waits for an answer, this many patient jobs go along with each group, so that they still progress.
ALONGSIDE: Final = 4
_JOB_TAKES: Final = 0.001
"""Seconds per job in a busy process. When commits take longer, more patient jobs go along, up to the same time."""
HASTE_LASTS: Final = 0.1
"""Seconds for which patient jobs stay limited after a request: the caller soon asks again, and must not wait for a
large group that began meanwhile."""


class WriteTurn(Enum):
    """How urgent a job is."""

    VITAL = auto()
    """The heartbeat of this process: if it is late, all accounts are lost. PostgreSQL has a connection just for it."""
    AHEAD = auto()
    """A caller of the API waits for the answer."""
    NORMAL = auto()
    PATIENT = auto()
    """Part of starting accounts, of which there may be thousands at once."""


class WriteTurns(Generic[J]):
    """The waiting jobs; at most `limit` are taken at a time. Times are seconds of one clock.

    `commit_takes` is the time in seconds that the last group took to become durable.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: dict[WriteTurn, deque[J]] = {turn: deque() for turn in WriteTurn}
        self._haste_until = float("-inf")
        self.commit_takes = 0.0

    def __bool__(self) -> bool:
        return any(self._waiting.values())

    def add(self, job: J, turn: WriteTurn) -> None:
        """Add a job to the queue of its turn."""
        self._waiting[turn].append(job)

    def take(self, now: float) -> list[J]:
        """Return the jobs to do next, in order; empty when none waits."""
        group = self._first(WriteTurn.VITAL, self._limit)
        if self._waiting[WriteTurn.AHEAD]:
            self._haste_until = now + HASTE_LASTS
        group += self._first(WriteTurn.AHEAD, self._limit - len(group))
        group += self._first(WriteTurn.NORMAL, self._limit - len(group))
        most = max(self._limit - len(group), ALONGSIDE)
        if now < self._haste_until:
            most = min(most, max(ALONGSIDE, int(self.commit_takes / _JOB_TAKES)))
        return group + self._first(WriteTurn.PATIENT, most)

    def _first(self, turn: WriteTurn, most: int) -> list[J]:
        jobs = self._waiting[turn]
        return [jobs.popleft() for _ in range(min(most, len(jobs)))]
