"""How much the process works."""

from __future__ import annotations

import time

from postroom.cluster.load import LoadMeter


def test_work_is_seen_and_memory_is_told() -> None:
    meter = LoadMeter()
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    load = meter.read(7)
    assert load["runners"] == 7
    assert load["cpu"] > 0
    assert load["memory"] > 1_000_000
