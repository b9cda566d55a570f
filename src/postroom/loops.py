"""The one loop of all background work: do what is due, then sleep until a hint, the requested time, or the poll.

A hint only makes the loop run sooner; the poll guarantees that it runs. An unexpected exception is logged with the
loop's name. The loop then continues after a growing pause, so that one bad row neither ends the work nor makes it spin.
If something is unavailable for a while, the log says so at once and then once a minute.
"""

from __future__ import annotations

import asyncio
import secrets as random
from collections.abc import Awaitable, Callable
from typing import Protocol

from postroom.errors import Permanent, Transient, Unauthorized
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger

Work = Callable[[set[str]], Awaitable[float | None]]

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# Seconds. When something is unavailable (usually the database), all work waits for it, so it is tried more often.
LONGEST_WAIT = 5.0
# Seconds between two log lines about something that is still unavailable.
REMINDER = 60.0
_log = get_logger("loops")


class WaitsForHints(Protocol):
    """What a loop sleeps on: `storage.wakeups.Waiter` or a similar object."""

    async def wait(self, timeout: float) -> set[str]:
        """Wait for a hint, at most `timeout` seconds; returns the hinted keys, empty on timeout."""
        ...


class Timer:
    """A waiter without hints, for work that only polls."""

    async def wait(self, timeout: float) -> set[str]:
        """Sleep for `timeout` seconds."""
        await asyncio.sleep(timeout)
        return set()


async def run_loop(name: str, work: Work, waiter: WaitsForHints, poll: float) -> None:
    """Run `work` again and again until cancelled.

    `work` gets the keys that were hinted since its last run; an empty set means that it must check everything. It
    checks everything in its first run, after an exception, and at least every `poll` seconds. It returns the
    seconds until it wants to check everything again, or None to leave that to the poll. A hinted run cannot delay that
    check.
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
    """Run one piece of background work and log its exceptions under `name`; returns whether it succeeded."""

    async def once(_hints: set[str]) -> None:
        await work()

    return not isinstance(await _run_guarded(once, set(), None, _Trouble(name)), _Failed)


async def fault_in(name: str, work: Callable[[], Awaitable[None]], **about: str) -> str | None:
    """Run a part of background work that must not stop the rest. Raises Transient, Permanent and Unauthorized.

    Any other exception is logged with `about` under an incident number, which is returned.
    """
    try:
        await work()
    except (Transient, Permanent, Unauthorized):
        raise
    except Exception:  # noqa: BLE001 - a fault of one part is noted for this part
        incident = random.token_hex(4)
        _log.exception("part of background work failed", loop=name, incident=incident, **about)
        return incident
    return None


@dataclass(frozen=True, slots=True)
class _Failed:
    """The work raised an exception, which was logged. `is_passing`: it was Transient."""

    is_passing: bool


class _Trouble:
    """What the log was told about failures in a row. A repeated message goes to `debug`, except once a minute."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told: str | None = None
        self._told_at = 0.0

    def passing(self, error: Transient, pause: float | None) -> None:
        """Log that the work has to wait for something that is unavailable."""
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
        """Log the exception that is being handled."""
        _log.exception("background work failed", loop=self._name, pause=pause)

    def over(self) -> None:
        """Record a run without failure, so that the next failure is logged in full."""
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
