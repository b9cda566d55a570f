"""A server of the tests lives no longer than the process that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.live.processes import Identity, has_ended, spawn, stop_process

# A process that starts a server and never ends by itself. The guard is in place once the server's own program runs.
_STARTER = """
import os, pathlib, sys, time
from tests.live.processes import Identity, spawn
me = Identity("", "", os.geteuid(), os.getegid())
server = spawn(["sleep", "1000"], me, pathlib.Path(sys.argv[1])).pid
while pathlib.Path(f"/proc/{server}/comm").read_text().strip() != "sleep":
    time.sleep(0.01)
print(server, flush=True)
time.sleep(1000)
"""


@pytest.fixture
def root() -> Path:
    """The folder that `tests` is imported from."""
    return Path(__file__).parents[2]


def test_a_server_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    me = Identity("", "", os.geteuid(), os.getegid())
    with ThreadPoolExecutor() as threads:
        server = threads.submit(spawn, ["sleep", "1000"], me, tmp_path / "log").result()
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            server.wait(0.3)
    finally:
        stop_process(server, signal.SIGTERM)


def test_a_server_ends_with_a_starter_that_is_killed(tmp_path: Path, root: Path) -> None:
    command = [sys.executable, "-c", _STARTER, str(tmp_path / "log")]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        server = os.pidfd_open(int(starter.stdout.readline()))
        starter.kill()
    try:
        assert has_ended(server, 30), "the server outlives its starter"
    finally:
        os.close(server)
