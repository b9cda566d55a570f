"""Decides which sign-in is next: a queue for each host, and places by how the host behaved. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from enum import Enum
from typing import Final

from postroom.connections.failures import LONGEST_BACKOFF
from postroom.connections.pacing.shares import Shares, Standing

__all__ = ["Cause", "Outcome", "Turn", "Turns"]

REMEMBERED: Final = 900.0
"""Seconds for which a host's behaviour is remembered; longer than the longest pause between two attempts."""

_SWEPT_EVERY: Final = 60.0
_MOST_DOUBLINGS: Final = 10


class Outcome(Enum):
    """How a sign-in ended: the server answered (a refusal is an answer), it was silent, or anything else."""

    ANSWERED = "answered"
    SILENT = "silent"
    OTHER = "other"


class Cause(Enum):
    """Why a turn has not come yet."""

    PAUSED = "paused"
    CONNECTIONS = "connections"
    SILENT_HOST = "silent_host"
    BUSY_HOST = "busy_host"
    BUSY_PROCESS = "busy_process"


class _Stage(Enum):
    WAITING = 1
    BRISK = 2
    SLOW = 3
    OVER = 4


class Turn:
    """One sign-in: first in the queue of its host, then in progress."""

    __slots__ = ("_stage", "host", "number", "urgent")

    def __init__(self, host: _Host, number: int, *, urgent: bool) -> None:
        self.host = host
        self.number = number
        self.urgent = urgent
        self._stage = _Stage.WAITING

    @property
    def waits(self) -> bool:
        """Whether it is still in the queue."""
        return self._stage is _Stage.WAITING


class _Host:
    """One host: its sign-ins in progress (`brisk` and `slow` ones) and two queues.

    `lines` has one queue for sign-ins that a person waits for (True) and one for all others; empty queues are removed.
    """

    __slots__ = ("asked", "brisk", "lines", "name", "paused_until", "pauses", "seen_at", "slow", "standing", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.standing = Standing.UNKNOWN
        self.brisk = self.slow = self.waiting = self.asked = self.pauses = 0
        self.lines: dict[bool, deque[Turn]] = {}
        self.paused_until = 0.0
        self.seen_at = 0.0

    @property
    def is_quiet(self) -> bool:
        return not (self.brisk or self.slow or self.waiting)


_Line = tuple[Standing, bool]
_BOTH: Final = (True, False)


class Turns:
    """Decides who may sign in next. Times are seconds of one clock, given by the caller.

    Each host serves first come, first served, with a separate queue for sign-ins that a person waits for. Free places
    go round-robin to the kinds of hosts, and within a kind to the waiting hosts. No operation costs more with more
    hosts or longer queues. `connections` are open or being opened; `in_line` is the number of turns that have not come.
    """

    def __init__(self, shares: Shares) -> None:
        self.shares = shares
        self.connections = 0
        self.in_line = 0
        self._brisk = dict.fromkeys(Standing, 0)
        self._slow = dict.fromkeys(Standing, 0)
        # A host is forgotten when it has nothing in progress, nothing waiting and nothing worth remembering.
        self._hosts: dict[str, _Host] = {}
        # The hosts that could start a sign-in if their kind has room; each kind is in round-robin order.
        self._ready: dict[_Line, dict[str, _Host]] = {(each, urgent): {} for each in Standing for urgent in _BOTH}
        self._rotation: deque[_Line] = deque(self._ready)
        self._paused: dict[str, _Host] = {}
        self._swept_at = 0.0

    @property
    def active(self) -> int:
        """The number of sign-ins in progress, including those that take long."""
        return sum(self._brisk.values()) + sum(self._slow.values())

    @property
    def known_hosts(self) -> int:
        """The number of hosts in memory."""
        return len(self._hosts)

    def waiting(self, name: str) -> int:
        """How many sign-ins wait for their turn at this host."""
        host = self._hosts.get(name)
        return host.waiting if host is not None else 0

    def standing(self, name: str) -> Standing:
        """How this host behaved lately."""
        host = self._hosts.get(name)
        return host.standing if host is not None else Standing.UNKNOWN

    # Changes.

    def ask(self, name: str, now: float, *, urgent: bool = False) -> Turn:
        """Queue a sign-in at a host; its turn has come when `grant` returns it."""
        self._sweep(now)
        host = self._host(name, now)
        turn = Turn(host, host.asked, urgent=urgent)
        host.asked += 1
        host.waiting += 1
        self.in_line += 1
        host.lines.setdefault(urgent, deque()).append(turn)
        self._offer(host)
        return turn

    def grant(self, now: float) -> list[Turn]:
        """Return the turns that have come: as many as there are free places and waiting sign-ins."""
        for host in [each for each in self._paused.values() if each.paused_until <= now]:
            del self._paused[host.name]
            self._offer(host)
        granted = []
        while (line := self._next_line()) is not None:
            granted.append(self._start(line))
        return granted

    def withdraw(self, turn: Turn) -> None:
        """Remove a turn that has not come and that nobody waits for any more."""
        host = turn.host
        turn._stage = _Stage.OVER
        host.waiting -= 1
        self.in_line -= 1
        self._trim(host, turn.urgent)
        self._offer(host)

    def takes_long(self, turn: Turn) -> None:
        """Free the place of a sign-in that takes long; an unknown host is then regarded as silent."""
        host = turn.host
        turn._stage = _Stage.SLOW
        host.brisk -= 1
        host.slow += 1
        self._brisk[host.standing] -= 1
        self._slow[host.standing] += 1
        if host.standing is Standing.UNKNOWN:
            self._judge(host, Standing.SILENT)
        self._offer(host)

    def finish(self, turn: Turn, outcome: Outcome, now: float, *, stays: bool = False) -> None:
        """End a sign-in. If its connection `stays` open, `connection_ended` must follow."""
        host = turn.host
        was_slow = turn._stage is _Stage.SLOW
        turn._stage = _Stage.OVER
        if was_slow:
            host.slow -= 1
            self._slow[host.standing] -= 1
        else:
            host.brisk -= 1
            self._brisk[host.standing] -= 1
        host.seen_at = now
        if outcome is Outcome.ANSWERED:
            self._judge(host, Standing.ANSWERS)
        elif outcome is Outcome.SILENT or was_slow:
            self._judge(host, Standing.SILENT)
        if not stays:
            self.connection_ended()
        self._offer(host)

    def connection_ended(self) -> None:
        """Record that a connection which stayed open is now closed."""
        self.connections -= 1

    def pause(self, name: str, seconds: float, now: float) -> None:
        """Start no sign-ins at this host for `seconds`, doubled for each pause since the last success."""
        host = self._host(name, now)
        if host.paused_until > now:
            # Sign-ins that were already in progress may bring the same complaint; it counts once.
            return
        host.paused_until = now + min(seconds * 2**host.pauses, LONGEST_BACKOFF)
        host.pauses = min(host.pauses + 1, _MOST_DOUBLINGS)
        self._paused[name] = host
        self._offer(host)

    def end_of_pauses(self, name: str) -> None:
        """Forget the earlier pauses of a host, because it has accepted a sign-in."""
        host = self._hosts.get(name)
        if host is not None:
            host.pauses = 0

    # Questions.

    def paused_for(self, name: str, now: float) -> float:
        """For how many more seconds a host gets no sign-ins, 0 when it is not paused."""
        host = self._paused.get(name)
        return max(0.0, host.paused_until - now) if host is not None else 0.0

    def next_end_of_pause(self) -> float | None:
        """The time at which `grant` must be called again even if nothing happens."""
        return min((host.paused_until for host in self._paused.values() if host.waiting), default=None)

    def cause(self, turn: Turn) -> Cause:
        """Why this turn has not come."""
        host, shares = turn.host, self.shares
        if host.name in self._paused:
            return Cause.PAUSED
        if not shares.fits(self.connections, urgent=turn.urgent):
            return Cause.CONNECTIONS
        if host.standing is Standing.SILENT:
            return Cause.SILENT_HOST
        return Cause.BUSY_PROCESS if self._has_room_at(host) else Cause.BUSY_HOST

    def causes(self) -> Counter[Cause]:
        """How many turns have not come, by cause; the first in a host's queue decides for the whole queue."""
        found: Counter[Cause] = Counter()
        for host in self._hosts.values() if self.in_line else ():
            if host.waiting:
                found[self.cause(next(iter(host.lines.values()))[0])] += host.waiting
        return found

    def ahead(self, turn: Turn) -> int:
        """At most how many come before this one at the host; some of them may have given up."""
        line = turn.host.lines.get(turn.urgent)
        return turn.number - line[0].number if line else 0

    # Rules.

    def _next_line(self) -> _Line | None:
        for _ in range(len(self._rotation)):
            line = self._rotation[0]
            self._rotation.rotate(-1)
            standing, urgent = line
            if self._ready[line] and self._has_room_for(standing) and self.shares.fits(self.connections, urgent=urgent):
                return line
        return None

    def _has_room_for(self, standing: Standing) -> bool:
        return all(self._has_share(each) for each in Standing if each <= standing)

    def _has_share(self, standing: Standing) -> bool:
        alike = [each for each in Standing if each >= standing]
        brisk = sum(self._brisk[each] for each in alike)
        held = self.shares.held_by(standing)
        fits = held is None or brisk + sum(self._slow[each] for each in alike) < held
        return fits and brisk < self.shares.in_all(standing)

    def _has_room_at(self, host: _Host) -> bool:
        shares = self.shares
        return host.brisk + host.slow < shares.per_host and host.brisk < shares.at_host(host.standing)

    def _start(self, line: _Line) -> Turn:
        ready = self._ready[line]
        host = ready.pop(next(iter(ready)))
        turn = host.lines[line[1]].popleft()
        turn._stage = _Stage.BRISK
        host.waiting -= 1
        self.in_line -= 1
        host.brisk += 1
        self._brisk[host.standing] += 1
        self.connections += 1
        self._trim(host, line[1])
        # At the end of the round.
        self._offer(host)
        return turn

    def _judge(self, host: _Host, standing: Standing) -> None:
        if standing is host.standing:
            return
        for urgent in _BOTH:
            self._ready[host.standing, urgent].pop(host.name, None)
        for counts, own in ((self._brisk, host.brisk), (self._slow, host.slow)):
            counts[host.standing] -= own
            counts[standing] += own
        host.standing = standing

    def _offer(self, host: _Host) -> None:
        """Add a host's queues to those that are ready, or remove them."""
        can_start = self._has_room_at(host) and host.name not in self._paused
        for urgent in _BOTH:
            ready = self._ready[host.standing, urgent]
            if can_start and urgent in host.lines:
                ready.setdefault(host.name, host)
            else:
                ready.pop(host.name, None)

    @staticmethod
    def _trim(host: _Host, urgent: bool) -> None:
        """Remove turns that no longer wait from the front of a queue."""
        line = host.lines.get(urgent)
        while line and not line[0].waits:
            line.popleft()
        if not line:
            host.lines.pop(urgent, None)

    def _host(self, name: str, now: float) -> _Host:
        host = self._hosts.setdefault(name, _Host(name))
        host.seen_at = now
        return host

    def _sweep(self, now: float) -> None:
        if now - self._swept_at < _SWEPT_EVERY:
            return
        self._swept_at = now
        for name in list(self._quiet(now)):
            del self._hosts[name]
            self._paused.pop(name, None)

    def _quiet(self, now: float) -> Iterator[str]:
        for name, host in self._hosts.items():
            if host.is_quiet and max(host.seen_at, host.paused_until) + REMEMBERED <= now:
                yield name
