"""Who spends the machine's CPU: each program that takes part in a measurement, and all others together."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.processes import cpu_seconds

GATEWAY = "gateway"
LOAD = "load generator"
RECEIVER = "receiver"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of each program within `wall` seconds; `machine` are those of everything that ran.

    The programs had work for `working` seconds of them.
    """

    wall: float
    by: Mapping[str, float]
    machine: float
    working: float

    @property
    def cores(self) -> float:
        """How many cores these programs kept busy while they had work."""
        return sum(self.by.values()) / self.working

    @property
    def other_cores(self) -> float:
        """How many cores other programs kept busy. Both are read in ticks, so the difference can be below zero."""
        return max(0.0, (self.machine - sum(self.by.values())) / self.wall)

    def most_growth(self, program: str, cores: int) -> float:
        """How many times as fast this work can become when the program may use all cores, and the others need theirs.

        One core of the program does 1 / its seconds, all cores together do `cores` / the seconds of all programs.
        """
        return max(1.0, cores * self.by[program] / sum(self.by.values()))

    def of_messages(self, working: float, delivering: float) -> Spent:
        """The same for messages: the seconds of the load generator beyond the deliveries are the receiver's."""
        by = {**self.by, LOAD: delivering, RECEIVER: self.by[LOAD] - delivering}
        return Spent(self.wall, by, self.machine, working)


@dataclass(slots=True)
class Spending:
    """Counts since `start`. `programs` has the first process of each program by name; the bench is the load."""

    programs: Mapping[str, int]
    began: float
    before: Mapping[str, float]
    machine_before: float

    @classmethod
    def start(cls, programs: Mapping[str, int]) -> Self:
        return cls(programs, time.monotonic(), _used(programs), _machine())

    def spent(self) -> Spent:
        """What was spent until now."""
        now = _used(self.programs)
        by = {name: seconds - self.before[name] for name, seconds in now.items()}
        wall = time.monotonic() - self.began
        return Spent(wall, by, _machine() - self.machine_before, wall)


def _used(programs: Mapping[str, int]) -> dict[str, float]:
    # wrk is a child that has ended when the phase ends.
    load = sum(_seconds(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {name: cpu_seconds(pid) for name, pid in programs.items()} | {LOAD: load}


def _seconds(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _machine() -> float:
    return busy_ticks(Path("/proc/stat").read_text()) / _TICKS


def busy_ticks(stat: str) -> int:
    """The clock ticks in which a core of this machine ran something (proc(5), first line of /proc/stat)."""
    user, nice, system, _idle, _wait, interrupts, softly = (int(each) for each in stat.split()[1:8])
    return user + nice + system + interrupts + softly
