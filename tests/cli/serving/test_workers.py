"""Several workers of one `postroom serve`: they share the port, come back when they die, and end together."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.cli.postroom_program import Program, call, running

READY = r"ready at (http://\S+)"
SETTINGS = {"token": "the token of these tests", "secret": "s", "log_level": "warning", "shutdown_timeout": "5"}


def children(pid: int) -> set[int]:
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def true_in_time(condition: Callable[[], bool], what: str, limit: float = 40.0) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit} s: {what}"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {SETTINGS['token']}"}


def nodes(url: str) -> list[str]:
    answer = requests.get(f"{url}/v1/nodes", headers=bearer(), timeout=20)
    return [node["id"] for node in answer.json()["nodes"]]


def started(program: Program) -> str:
    url = program.wait_for(READY).group(1)
    true_in_time(lambda: len(nodes(url)) == 2, "two nodes in the cluster")
    return url


def test_workers_share_the_port_and_one_that_dies_is_started_again(tmp_path: Path, postgres_url: str) -> None:
    settings: dict[str, Any] = {**SETTINGS, "database_url": postgres_url}
    with running(tmp_path, "serve", "--port", "0", "--workers", "2", **settings) as program:
        url = started(program)
        before = children(program.process.pid)
        assert len(before) == 2
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        true_in_time(lambda: len(children(program.process.pid) - before) == 1, "a new worker")
        assert requests.get(f"{url}/health", timeout=20).status_code == 200
        workers = children(program.process.pid)
        (death,) = [line for line in program.errors if "worker died" in line]
        assert f"pid={victim}" in death
        assert "signal=SIGKILL" in death
        assert "in_a_row=1" in death
        assert program.stop() == 0
        true_in_time(lambda: not any(map(is_alive, workers)), "no worker is left")
        assert sum("ready at" in line for line in program.output) == 1
    assert [line for line in program.errors if "worker" in line] == [death]


def test_the_figures_of_any_worker_are_those_of_all(tmp_path: Path, postgres_url: str) -> None:
    settings: dict[str, Any] = {**SETTINGS, "database_url": postgres_url}
    with running(tmp_path, "serve", "--port", "0", "--workers", "2", **settings) as program:
        url = started(program)
        asked, workers = 40, {str(pid) for pid in children(program.process.pid)}
        # Each on a connection of its own, so that both workers get some.
        for _ in range(asked):
            assert requests.get(f"{url}/v1/license-that-is-not", timeout=20).status_code == 404
        for _ in range(6):
            text = requests.get(f"{url}/metrics", headers=bearer(), timeout=20).text
            (count,) = re.findall(r'postroom_api_requests_total{method="GET",route="-",status="404"} (\S+)', text)
            assert float(count) == asked
            assert set(re.findall(r'process_resident_memory_bytes{process="(\d+)"}', text)) == workers
        victim = min(children(program.process.pid))
        os.kill(victim, signal.SIGKILL)
        true_in_time(lambda: victim not in children(program.process.pid), "the worker is gone")
        text = requests.get(f"{url}/metrics", headers=bearer(), timeout=20).text
        (count,) = re.findall(r'postroom_api_requests_total{method="GET",route="-",status="404"} (\S+)', text)
        assert float(count) == asked
        assert f'process="{victim}"' not in text
        assert program.stop() == 0


def test_no_worker_outlives_a_parent_that_was_killed(tmp_path: Path, postgres_url: str) -> None:
    settings: dict[str, Any] = {**SETTINGS, "database_url": postgres_url}
    with running(tmp_path, "serve", "--port", "0", "--workers", "2", **settings) as program:
        started(program)
        workers = children(program.process.pid)
        program.process.kill()
        true_in_time(lambda: not any(map(is_alive, workers)), "no worker is left")


def test_sqlite_is_for_one_process(tmp_path: Path) -> None:
    done = call(tmp_path, "serve", "--workers", "2")
    assert done.returncode == 1
    assert "POSTROOM_DATABASE_URL=postgresql://" in done.stderr
    assert not (tmp_path / "data").exists()


# The parent alone, with workers that do what the test says: real processes, forked by a small program.

SCRIPT = """
import os, signal, sys, time
from postroom.cli.serving.workers import run_workers
from postroom.errors import Permanent
from postroom.log import configure

def work(is_first):
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    print(os.getpid(), flush=True)
    {deed}
    while not stopped:
        time.sleep(0.01)

configure({level!r}, "json")
sys.exit(run_workers(1, work, bound=10.0))
"""


@contextmanager
def working(folder: Path, deed: str, level: str = "info") -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Run a parent whose one worker does `deed` and then waits to be stopped; its log goes to the file."""
    log = folder / "log"
    with log.open("w") as errors:
        command = [sys.executable, "-c", SCRIPT.format(deed=deed, level=level)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            yield process, log
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{") and line.endswith("}")]


def deaths(log: Path) -> list[dict[str, Any]]:
    return [line for line in lines(log) if line["event"] == "worker died"]


@pytest.mark.parametrize(
    ("deed", "cause", "words"),
    [
        ("raise RuntimeError('the reason why')", {"status": 1}, "the reason why"),
        ("raise Permanent('the database is of a newer version')", {"status": 1}, "the database is of a newer version"),
        ("sys.exit('parting words')", {"status": 1}, "parting words"),
        ("os._exit(7)", {"status": 7}, ""),
        ("os.kill(os.getpid(), signal.SIGKILL)", {"signal": "SIGKILL"}, ""),
    ],
)
def test_a_worker_that_dies_leaves_word_of_why_how_often_and_when_the_next_begins(
    tmp_path: Path, deed: str, cause: dict[str, Any], words: str
) -> None:
    with working(tmp_path, deed, "error") as (process, log):
        true_in_time(lambda: len(deaths(log)) >= 3, "three deaths")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, 1)
        found = deaths(log)[:3]
        text = log.read_text()
    assert [each["in_a_row"] for each in found] == [1, 2, 3]
    assert [each["next_in"] for each in found] == [0.5, 1.0, 2.0]
    assert all(cause.items() <= each.items() for each in found)
    assert all(each["lived"] >= 0 and each["pid"] for each in found)
    assert text.count(words) >= 3
    if "RuntimeError" in deed:
        first = next(line for line in lines(log) if line["event"] == "worker failed")
        assert first["pid"] == found[0]["pid"]
        assert "Traceback" in first["exception"]
        assert "in work" in first["exception"]


def test_an_orderly_stop_is_no_warning(tmp_path: Path) -> None:
    with working(tmp_path, "pass") as (process, log):
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        found = lines(log)
    assert [(line["event"], line["level"], line["status"]) for line in found] == [("worker ended", "info", 0)]


def test_a_worker_that_was_told_to_end_is_replaced_without_a_warning(tmp_path: Path) -> None:
    with working(tmp_path, "pass") as (process, log):
        assert process.stdout is not None
        first = int(process.stdout.readline())
        os.kill(first, signal.SIGTERM)
        assert int(process.stdout.readline()) != first
        (line,) = lines(log)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert (line["level"], line["event"], line["pid"], line["status"]) == ("info", "worker ended", first, 0)
