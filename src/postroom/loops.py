"""The one loop shape of all background work: do what is due, then sleep until woken, until the time asked for, or poll.

A hint only makes the loop look sooner; the poll is the guarantee. An unexpected exception is logged under the loop's
name and the loop goes on after a pause that grows, so that one bad row neither ends the work nor spins it. What is away
for a while is told when it goes, and once a minute, not at every look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from postroom.errors import Transient

Work = Callable[[set[str]], Awaitable[float | None]]

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# What is away for a while (the database, above all) is looked for more often: all work waits for its return.
LONGEST_WAIT = 5.0
# So often the log is told of what is still away, seconds.
REMINDER = 60.0
_log: Any = structlog.get_logger(room="loops")


class Waiter(Protocol):
    """What a loop sleeps on: `storage.wakeups.Waiter`, or anything like it."""

    async def wait(self, timeout: float) -> set[str]:
        """Wait for a hint, at most `timeout` seconds; return the keys hinted at, empty when time ran out."""
        ...


class Timer:
    """A waiter that nobody wakes, for work that only polls."""

    async def wait(self, timeout: float) -> set[str]:
        """Sleep for `timeout` seconds."""
        await asyncio.sleep(timeout)
        return set()


async def run_loop(name: str, work: Work, waiter: Waiter, poll: float) -> None:
    """Run `work` again and again until cancelled.

    `work` gets the keys hinted at since it last ran; an empty set means: look at everything. It looks at everything
    the first time, after an exception, and at the latest `poll` seconds after it last did. It returns in how many
    seconds it wants to look at everything again, None to leave that to the poll; a hinted run cannot put that off.
    """
    clock = asyncio.get_running_loop().time
    hints: set[str] = set()
    due = clock()
    pause = FIRST_PAUSE
    trouble = _Trouble(name)
    while True:
        if not hints:
            due = clock() + poll
        wanted = await _run_guarded(work, hints, pause, trouble)
        if isinstance(wanted, _Failed):
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_WAIT if wanted.is_passing else LONGEST_PAUSE)
            hints = set()
            continue
        pause = FIRST_PAUSE
        if wanted is not None:
            due = min(due, clock() + max(wanted, 0.0))
        hints = await waiter.wait(max(due - clock(), 0.0))
        if clock() >= due:
            hints = set()


async def run_once(name: str, work: Callable[[], Awaitable[None]]) -> bool:
    """Run a single piece of background work; say whether it ended well. Its exceptions are logged under `name`."""

    async def once(_hints: set[str]) -> None:
        await work()

    return not isinstance(await _run_guarded(once, set(), None, _Trouble(name)), _Failed)


@dataclass(frozen=True, slots=True)
class _Failed:
    """The work raised; the exception is in the log. `is_passing`: it was Transient."""

    is_passing: bool


class _Trouble:
    """What the log was told of failures in a row: the same words again are for `debug`, but once a minute."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told: str | None = None
        self._told_at = 0.0

    def passing(self, error: Transient, pause: float | None) -> None:
        """Tell that the work has to wait for what will come back."""
        now = asyncio.get_running_loop().time()
        is_known = error.message == self._told and now - self._told_at < REMINDER
        tell = _log.debug if is_known else _log.warning
        advice = {"advice": error.cure} if error.cure else {}
        tell(
            "background work has to wait", loop=self._name, code=error.code, error=error.message, pause=pause, **advice
        )
        if not is_known:
            self._told, self._told_at = error.message, now

    def fault(self, pause: float | None) -> None:
        """Tell of the exception that is being handled."""
        _log.exception("background work failed", loop=self._name, pause=pause)

    def over(self) -> None:
        """Take note of a run that did not fail: the next failure is news."""
        self._told = None


async def _run_guarded(
    work: Callable[[set[str]], Awaitable[float | None]], hints: set[str], pause: float | None, trouble: _Trouble
) -> float | _Failed | None:
    try:
        wanted = await work(hints)
    except Transient as error:
        trouble.passing(error, pause)
        return _Failed(is_passing=True)
    except Exception:  # noqa: BLE001 - the one place that outlives any fault of the work
        trouble.fault(pause)
        return _Failed(is_passing=False)
    trouble.over()
    return wanted
