"""Several workers of one `postroom serve`: they share the port, come back when they die, and end together."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

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
    settings = {**SETTINGS, "database_url": postgres_url}
    with running(tmp_path, "serve", "--port", "0", "--workers", "2", **settings) as program:
        url = started(program)
        before = children(program.process.pid)
        assert len(before) == 2
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        true_in_time(lambda: len(children(program.process.pid) - before) == 1, "a new worker")
        assert requests.get(f"{url}/health", timeout=20).status_code == 200
        workers = children(program.process.pid)
        assert program.stop() == 0
        true_in_time(lambda: not any(map(is_alive, workers)), "no worker is left")
        assert sum("ready at" in line for line in program.output) == 1


def test_the_figures_of_any_worker_are_those_of_all(tmp_path: Path, postgres_url: str) -> None:
    settings = {**SETTINGS, "database_url": postgres_url}
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
    settings = {**SETTINGS, "database_url": postgres_url}
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
