"""Measures the load of this process, which its heartbeat carries."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

from postroom.cluster.node import NodeLoad

_STATM = Path("/proc/self/statm")


class LoadMeter:
    """Measures CPU time from one call to the next."""

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._used = time.process_time()

    def read(self, runners: int) -> NodeLoad:
        """Return `cpu` (processors in use since the last call, 1.0 is one), `memory` (bytes) and `runners`."""
        now, used = time.monotonic(), time.process_time()
        cpu = (used - self._used) / max(now - self._at, 0.001)
        self._at, self._used = now, used
        return {"cpu": round(cpu, 3), "memory": _memory(), "runners": runners}


def _memory() -> int:
    """Return the memory in use, in bytes; the peak where the system does not tell."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
