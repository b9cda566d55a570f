"""A program that is told to stop: in order at the first signal, at once at the second. Each is a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

LIMIT = 60.0
# What the program does is said on its standard output, one word for each step.
PROGRAM = """
import asyncio, sys
from postroom.cli.serving.signals import run_until_stopped

def say(word):
    print(word, flush=True)

async def work():
    say("working")
    try:
        WORK
    finally:
        say("ending")
        END
        say("ended")

run_until_stopped(work(), stopping=lambda: say("stopping"))
say("returned")
"""


@contextmanager
def program(work: str = "await asyncio.sleep(3600)", end: str = "pass") -> Iterator[subprocess.Popen[str]]:
    """Run a program that does this work, and this in the end; yield it once it works."""
    code = PROGRAM.replace("WORK", work).replace("END", end)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        guard = threading.Timer(LIMIT, process.kill)
        guard.start()
        try:
            assert said(process) == "working"
            yield process
        finally:
            guard.cancel()
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    """The next word; empty at the end."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def rest(process: subprocess.Popen[str]) -> tuple[list[str], str, int]:
    """The words until the end, what is on standard error, and the exit status."""
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdout.read().split(), process.stderr.read(), process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_work_in_order(number: signal.Signals) -> None:
    with program(end="await asyncio.sleep(0.01)") as running:
        running.send_signal(number)
        words, errors, status = rest(running)
    assert (words, status) == (["stopping", "ending", "ended", "returned"], 0)
    assert f"signal={number.name}" in errors
    assert f"pid={running.pid}" in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_process_at_once(number: signal.Signals) -> None:
    with program(end="await asyncio.sleep(3600)") as running:
        running.send_signal(signal.SIGTERM)
        assert [said(running) for _ in range(2)] == ["stopping", "ending"]
        running.send_signal(number)
        words, _, status = rest(running)
    assert (words, status) == ([], -number)


def test_work_that_ends_by_itself_is_no_stop() -> None:
    with program(work="pass") as running:
        words, errors, status = rest(running)
    assert (words, errors, status) == (["ending", "ended", "returned"], "", 0)


def test_an_error_of_the_work_comes_out() -> None:
    with program(work='raise RuntimeError("broken")') as running:
        words, errors, status = rest(running)
    assert (words, status) == (["ending", "ended"], 1)
    assert errors.rstrip().endswith("RuntimeError: broken")


def test_work_that_was_cancelled_by_nobody_is_an_error() -> None:
    with program(work="raise asyncio.CancelledError") as running:
        words, errors, status = rest(running)
    assert (words, status) == (["ending", "ended"], 1)
    assert "CancelledError" in errors
