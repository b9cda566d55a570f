"""Several workers on one machine: forks them, starts one that died again, and stops all of them in order.

The socket is bound by the parent and shared: a connection that waits is taken by whichever worker is free, so that none
is lost with a worker that dies. The parent does nothing else: no event loop, no database.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial

from postroom.errors import PostroomError
from postroom.log import get_logger

log = get_logger("workers")

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# A worker that lived this long and then died is started again without delay.
_STABLE = 60.0
# What a worker may take beyond the bound of its own orderly stop.
_SPARE = 5.0
_STOPPING = frozenset({signal.SIGTERM, signal.SIGINT})
_AWAITED = _STOPPING | {signal.SIGCHLD}
_PR_SET_PDEATHSIG = 1


class _Seat:
    """The place of one worker: who sits there, since when, and when the next may.

    `deaths` is how many died here in a row, none of which had lived for long.
    """

    def __init__(self) -> None:
        self.pid: int | None = None
        self.since = 0.0
        self.due = 0.0
        self.pause = FIRST_PAUSE
        self.deaths = 0

    def vacate(self, now: float, *, well: bool) -> float:
        """Note that the worker ended, `well` or not; return the seconds until its successor starts.

        They grow each time, unless it had lived for long.
        """
        self.pid = None
        if now - self.since >= _STABLE:
            self.pause = FIRST_PAUSE
            self.deaths = 0
        self.deaths = 0 if well else self.deaths + 1
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        self.due = now + pause
        return pause


def run_workers(count: int, work: Callable[[bool], None], *, bound: float) -> int:
    """Run `work` in `count` processes until SIGTERM or SIGINT; return the exit status of the whole.

    Each gets SIGTERM then and has `bound` seconds to end, and a little more; what is left is killed, and the status is
    1. `work` is called in the child, the very first time with True, and has to end at SIGTERM.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    try:
        seats = [_Seat() for _ in range(count)]
        parent = os.getpid()
        while True:
            now = time.monotonic()
            for seat in seats:
                if seat.pid is None and now >= seat.due:
                    seat.pid, seat.since = (
                        _fork(partial(work, seat is seats[0] and not seat.since), parent, before),
                        now,
                    )
            due = min((seat.due for seat in seats if seat.pid is None), default=now + LONGEST_PAUSE)
            found = signal.sigtimedwait(_AWAITED, max(0.0, due - now))
            if found is not None and found.si_signo in _STOPPING:
                return _stop(seats, bound + _SPARE)
            _reap(seats)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _fork(work: Callable[[], None], parent: int, mask: set[int] | set[signal.Signals]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        # Ctrl-C reaches every process of the terminal; the parent alone passes it on.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _end_with_parent(parent)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        work()
        status = 0
    except SystemExit as end:
        status = _status_of(end)
    finally:
        try:
            _tell(sys.exc_info()[1])
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def _status_of(end: SystemExit) -> int:
    """The exit status, as Python itself sees it; words go to standard error."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _tell(error: BaseException | None) -> None:
    """Write down what a worker dies of; its process ends without Python's own words about it."""
    if isinstance(error, PostroomError):
        log.error("worker cannot go on", pid=os.getpid(), code=error.code, error=error.message)
    elif error is not None:
        log.error("worker failed", pid=os.getpid(), exc_info=error)


def _end_with_parent(parent: int) -> None:
    """Have the system end this process when its parent dies, however it dies (Linux: prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def _reap(seats: list[_Seat], *, stopping: bool = False) -> bool:
    """Collect the workers that ended; say whether all of them ended well, as they were told to when `stopping`."""
    well = True
    for seat in seats:
        if seat.pid is None:
            continue
        pid, status = os.waitpid(seat.pid, os.WNOHANG)
        if pid == 0:
            continue
        now = time.monotonic()
        code = os.waitstatus_to_exitcode(status)
        # Told to stop before it had come so far as to hear of it in order.
        ended_well = code == 0 or (stopping and code == -signal.SIGTERM)
        well = well and ended_well
        pause = seat.vacate(now, well=ended_well)
        told: dict[str, object] = {"pid": pid, **_cause(code), "lived": round(now - seat.since, 1)}
        if not stopping:
            told["next_in"] = pause
        if ended_well:
            log.info("worker ended", **told)
        else:
            log.error("worker died", **told, in_a_row=seat.deaths)
    return well


def _cause(code: int) -> dict[str, int | str]:
    """What an exit code says: the status, or by its name the signal that ended the process."""
    if code >= 0:
        return {"status": code}
    names = {each.value: each.name for each in signal.Signals}
    return {"signal": names.get(-code, str(-code))}


def _stop(seats: list[_Seat], bound: float) -> int:
    """Ask every worker to end and wait for it; kill those that do not."""
    _signal_all(seats, signal.SIGTERM)
    deadline = time.monotonic() + bound
    well = _reap(seats, stopping=True)
    while any(seat.pid is not None for seat in seats):
        left = deadline - time.monotonic()
        if left <= 0:
            log.error("workers that did not end in time are killed")
            _signal_all(seats, signal.SIGKILL)
            for seat in seats:
                if seat.pid is not None:
                    os.waitpid(seat.pid, 0)
            return 1
        found = signal.sigtimedwait({signal.SIGCHLD}, min(left, 0.5))
        if found is None or found.si_signo == signal.SIGCHLD:
            well = _reap(seats, stopping=True) and well
    return 0 if well else 1


def _signal_all(seats: list[_Seat], number: signal.Signals) -> None:
    for seat in seats:
        if seat.pid is not None:
            os.kill(seat.pid, number)
