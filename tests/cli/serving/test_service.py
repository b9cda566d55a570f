"""What systemd is told, over a real socket, by the real program."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from postroom.cli.serving.service import tell, watched
from postroom.settings import ServiceManager, service_manager
from tests.cli.postroom_program import PROGRAM, START_LIMIT, STOP_LIMIT

ADDRESSES = ["/path", "@abstract"]


@contextmanager
def listening(kind: str, folder: Path) -> Iterator[tuple[str, socket.socket]]:
    address = f"@postroom-test-{secrets.token_hex(8)}" if kind == "@abstract" else str(folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address.replace("@", "\0", 1) if kind == "@abstract" else address)
        listener.settimeout(START_LIMIT)
        yield address, listener


@contextmanager
def served(folder: Path, *options: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
    command = [PROGRAM, "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, cwd=folder, env=kept | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def heard(listener: socket.socket, wanted: Callable[[list[str]], bool]) -> list[str]:
    said: list[str] = []
    deadline = time.monotonic() + START_LIMIT
    while not wanted(said):
        assert time.monotonic() < deadline, said
        said.append(listener.recv(4096).decode())
    return said


@pytest.mark.parametrize("kind", ADDRESSES)
def test_readiness_life_and_the_end_are_told_in_this_order(tmp_path: Path, kind: str) -> None:
    with (
        listening(kind, tmp_path) as (address, listener),
        served(tmp_path, NOTIFY_SOCKET=address, WATCHDOG_USEC="200000") as process,
    ):
        said = heard(listener, lambda said: said.count("WATCHDOG=1") >= 3 and "READY=1" in said)
        process.send_signal(signal.SIGTERM)
        said += heard(listener, lambda said: "STOPPING=1" in said)
        assert process.wait(STOP_LIMIT) == 0
    assert said.count("READY=1") == said.count("STOPPING=1") == 1


async def test_a_loop_that_hangs_is_not_reported_alive(tmp_path: Path) -> None:
    with listening("/path", tmp_path) as (address, listener):

        async def work() -> None:
            while not waiting(listener):
                await asyncio.sleep(0.01)
            time.sleep(0.5)
            assert waiting(listener) == []

        await watched(work(), ServiceManager(address, 0.1))


def waiting(listener: socket.socket) -> list[bytes]:
    """What was sent and not read yet."""
    listener.setblocking(False)
    said = []
    with contextlib.suppress(BlockingIOError):
        while True:
            said.append(listener.recv(4096))
    return said


def test_one_of_several_workers_tells_that_they_are_ready(tmp_path: Path, postgres_url: str) -> None:
    with (
        listening("/path", tmp_path) as (address, listener),
        served(
            tmp_path,
            "--workers",
            "2",
            NOTIFY_SOCKET=address,
            POSTROOM_DATABASE_URL=postgres_url,
            POSTROOM_SECRET="s",
        ) as process,
    ):
        assert heard(listener, lambda said: bool(said)) == ["READY=1"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_LIMIT) == 0


def test_nobody_to_tell_is_no_error(tmp_path: Path) -> None:
    tell(None, "READY=1")
    tell(ServiceManager(str(tmp_path / "gone"), None), "READY=1")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"NOTIFY_SOCKET": ""}, None),
        ({"NOTIFY_SOCKET": "vsock:2:1234"}, None),
        ({"NOTIFY_SOCKET": "/run/x"}, ServiceManager("/run/x", None)),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "30000000"}, ServiceManager("@x", 30.0)),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "0"}, ServiceManager("@x", None)),
    ],
)
def test_what_the_environment_says(
    environment: dict[str, str], expected: ServiceManager | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert service_manager() == expected
