"""What a process and its children have used, read from /proc: CPU seconds and resident memory."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def family(pid: int) -> list[int]:
    """The process and what it started: a gateway with several workers is more than one process."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def cpu_seconds(pid: int) -> float:
    """User and system time of the process, its children, and all their threads (proc(5), fields 14 and 15 of stat)."""
    return sum(_cpu_seconds(each) for each in family(pid))


def _cpu_seconds(pid: int) -> float:
    # The second field, the name in parentheses, may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_bytes(pid: int) -> int:
    """Resident memory (proc(5), second field of statm)."""
    return sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) * _PAGE for each in family(pid))


def yardstick() -> float:
    """CPU milliseconds of a fixed piece of Python, here and now: other work on the machine makes it dearer."""
    began = time.process_time()
    texts = {}
    for number in range(300_000):
        texts[number & 1023] = str(number)
    return (time.process_time() - began) * 1000


@dataclass(slots=True)
class Stopwatch:
    """Wall and CPU seconds of one process and its children since `start`."""

    pid: int
    began: float
    cpu_before: float

    @classmethod
    def start(cls, pid: int) -> Self:
        return cls(pid, time.monotonic(), cpu_seconds(pid))

    @property
    def wall(self) -> float:
        return time.monotonic() - self.began

    @property
    def cpu(self) -> float:
        return cpu_seconds(self.pid) - self.cpu_before
