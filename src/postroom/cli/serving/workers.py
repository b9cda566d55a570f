"""Runs several workers on one machine: forks them, restarts one that died, and stops all of them in order.

The parent binds the socket and the workers share it. Any free worker accepts a waiting connection, so none is lost when
a worker dies. The parent has no event loop and no database.
"""

from __future__ import annotations

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
# Seconds. A worker that lived at least this long is restarted with the shortest pause.
_STABLE = 60.0
# Seconds that a worker may take beyond the limit of its own orderly stop.
_SPARE = 5.0
_STOPPING = frozenset({signal.SIGTERM, signal.SIGINT})
_AWAITED = _STOPPING | {signal.SIGCHLD}
_PR_SET_PDEATHSIG = 1


class _Seat:
    """The place of one worker: its process, its start, and when its successor may start.

    `deaths` counts the workers that died here in a row soon after their start.
    """

    def __init__(self) -> None:
        self.pid: int | None = None
        self.since = 0.0
        self.due = 0.0
        self.pause = FIRST_PAUSE
        self.deaths = 0

    def vacate(self, now: float, *, well: bool) -> float:
        """Record that the worker ended, `well` or not; return the seconds until its successor starts.

        The pause grows each time, unless the worker had lived long.
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
    """Run `work` in `count` processes until SIGTERM or SIGINT; return the exit status for the parent.

    Then each process gets SIGTERM and has `bound` seconds and a little more to end. Processes that are left are killed,
    and the status is 1. `work` runs in the child and must end at SIGTERM. Only its very first call gets True.
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
        # Ctrl-C reaches every process of the terminal. Workers ignore it, because the parent passes it on.
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
    """Return the exit status as Python would; print a message to standard error."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _tell(error: BaseException | None) -> None:
    """Log why a worker dies. Its process exits without Python's own traceback."""
    if isinstance(error, PostroomError):
        log.error("worker cannot go on", pid=os.getpid(), code=error.code, error=error.message)
    elif error is not None:
        log.error("worker failed", pid=os.getpid(), exc_info=error)


def _end_with_parent(parent: int) -> None:
    """Make the system end this process when its parent dies in any way (Linux: prctl(2))."""
    if sys.platform == "linux":
        # It takes 0.7 MiB, and a gateway with a single process does without.
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def _reap(seats: list[_Seat], *, stopping: bool = False) -> bool:
    """Collect the workers that ended; say whether all ended well. When `stopping`, an end by SIGTERM is well."""
    well = True
    for seat in seats:
        if seat.pid is None:
            continue
        pid, status = os.waitpid(seat.pid, os.WNOHANG)
        if pid == 0:
            continue
        now = time.monotonic()
        code = os.waitstatus_to_exitcode(status)
        # SIGTERM ends a worker that has not installed its handler yet.
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
    """Return the meaning of an exit code for the log: the status, or the name of the signal."""
    if code >= 0:
        return {"status": code}
    names = {each.value: each.name for each in signal.Signals}
    return {"signal": names.get(-code, str(-code))}


def _stop(seats: list[_Seat], bound: float) -> int:
    """Ask every worker to end and wait; kill those that do not."""
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
