"""CPU and memory of processes, from the texts of /proc and from a real family of processes."""

from __future__ import annotations

import os
import subprocess
import sys

from bench.processes import Stopwatch, cpu_seconds, family, pss_of, shared_out_bytes, ticks_of, yardstick

# It works, and starts a child that works and ends; then it prints a line and waits.
_BUSY = """
import subprocess, sys, time
def work(): [str(number) for number in range(300_000)]
work()
subprocess.run([sys.executable, "-c", "[str(number) for number in range(300_000)]"])
print(time.process_time(), flush=True)
sys.stdin.read()
"""


def test_ticks_are_those_of_the_process_and_of_its_ended_children() -> None:
    stat = "17 (a (strange) name) S 1 17 17 0 -1 4194304 900 800 0 0 100 20 3 4 20 0 1 0 5 6 7"
    assert ticks_of(stat) == 127


def test_the_share_of_memory_is_read_in_kilobytes() -> None:
    rollup = "55d0-7ffd ---p 00000000 00:00 0 [rollup]\nRss:  9000 kB\nPss:  1234 kB\nPss_Anon:  1000 kB\n"
    assert pss_of(rollup) == 1234 * 1024


def test_a_process_that_has_ended_has_no_memory() -> None:
    assert pss_of("") == 0


def test_the_work_of_an_ended_child_counts() -> None:
    with subprocess.Popen([sys.executable, "-c", _BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        own = float(process.stdout.readline())
        assert family(process.pid) == [process.pid]
        # The child does the same work again, and more: it starts an interpreter.
        assert cpu_seconds(process.pid) > 1.2 * own
        assert shared_out_bytes(process.pid) > 0


def test_nothing_is_known_of_a_process_that_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    assert family(process.pid) == []
    assert cpu_seconds(process.pid) == 0


def test_a_stopwatch_counts_from_its_start() -> None:
    watch = Stopwatch.start(os.getpid())
    before = watch.cpu
    yardstick()
    assert watch.cpu >= before
    assert watch.wall > 0


def test_the_yardstick_takes_time() -> None:
    assert yardstick() > 0
