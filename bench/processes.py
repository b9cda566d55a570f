"""What a process and its children have used, read from /proc: CPU seconds and their share of memory."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")
_PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)
_TAKEN = 3

REFERENCE = 27.0
"""Milliseconds that the yardstick takes on the idle reference machine."""


def family(pid: int) -> list[int]:
    """The process and what it started: a gateway with several workers is more than one process."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        # Mail servers end processes of their own at any time.
        return []
    return [pid, *(each for child in children for each in family(int(child)))]


def cpu_seconds(pid: int) -> float:
    """User and system time of the process, its children, all their threads, and of children that have ended."""
    return sum(ticks_of(text) for text in _texts(family(pid), "stat")) / _TICKS


def ticks_of(stat: str) -> int:
    """The clock ticks in the text of /proc/<pid>/stat (proc(5), fields 14 to 17), with those of ended children."""
    # The second field, the name in parentheses, may hold spaces.
    fields = stat.rpartition(")")[2].split()
    return sum(int(each) for each in fields[11:15])


def shared_out_bytes(pid: int) -> int:
    """PSS of the process and its children: a page that several processes use counts for each by its share."""
    return sum(pss_of(text) for text in _texts(family(pid), "smaps_rollup"))


def pss_of(rollup: str) -> int:
    """The bytes in the text of /proc/<pid>/smaps_rollup; a process that has just ended has none."""
    found = _PSS.search(rollup)
    return int(found[1]) * 1024 if found else 0


def _texts(pids: Iterable[int], name: str) -> Iterable[str]:
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            yield Path(f"/proc/{pid}/{name}").read_text()


def yardstick() -> float:
    """CPU milliseconds of a fixed piece of Python, here and now: other work on the machine makes it dearer."""
    return median(_piece() for _ in range(_TAKEN))


def _piece() -> float:
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
