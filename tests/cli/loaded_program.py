"""The real `postroom` program without the second of processor time in which Python loads it.

A process of its own loads the program once and forks at each start. What starts is `main()` with its own arguments,
environment, folder and terminal, as a process that can be killed. Tests of loading itself, of workers and of coverage
start the program as its users do: see `tests/cli/postroom_program.py`.

Run as a script, this is that process; its argument is the number of its end of a socket.
"""

from __future__ import annotations

import array
import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TextIO

# Some of them are loaded when first needed. In a fork that would be at each start, or with the first webhook of each.
_MODULES = (
    *("postroom.cli.main", "postroom.cli.program", "postroom.cli.serving.serve", "postroom.composition.gateway"),
    *("postroom.storage.engines.sqlite", "postroom.storage.engines.postgres.database"),
    *("sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.asyncpg", "alembic.command"),
    *("postroom.webhooks.delivery.client", "postroom.webhooks.delivery.egress"),
    "postroom.connections.clients.smtp_heard",
)
_NUMBER = 8


class Forked:
    """A started program, with what the tests use of `subprocess.Popen`."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        """Start `postroom` with these arguments."""
        self.returncode: int | None = None
        out, err = os.pipe(), os.pipe()
        self._told, told = socket.socketpair()
        request = {"arguments": [*arguments], "folder": str(folder), "environment": {**environment}}
        fds = array.array("i", [out[1], err[1], told.fileno()])
        loaded = _loaded()
        loaded.sendall(len(body := json.dumps(request).encode()).to_bytes(_NUMBER))
        loaded.sendmsg([body[:1]], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        loaded.sendall(body[1:])
        told.close()
        for fd in (out[1], err[1]):
            os.close(fd)
        self.stdout: TextIO = os.fdopen(out[0], encoding="utf-8")
        self.stderr: TextIO = os.fdopen(err[0], encoding="utf-8")
        self.pid = self._number()

    def poll(self) -> int | None:
        """The exit status, or the negative number of the signal that ended it; None while it runs."""
        if self.returncode is None and _is_readable(self._told, 0.0):
            self.returncode = self._number()
            self._told.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the status. Raises subprocess.TimeoutExpired."""
        if self.returncode is None and not _is_readable(self._told, timeout):
            raise subprocess.TimeoutExpired("postroom", timeout or 0.0)
        status = self.poll()
        assert status is not None
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _number(self) -> int:
        data = self._told.recv(_NUMBER, socket.MSG_WAITALL)
        assert len(data) == _NUMBER, "the process that starts programs is gone"
        return int.from_bytes(data, signed=True)


def _is_readable(told: socket.socket, timeout: float | None) -> bool:
    """Wait at most `timeout` seconds, None for ever. `select.select` cannot watch a high number."""
    poll = select.poll()
    poll.register(told, select.POLLIN)
    return bool(poll.poll(None if timeout is None else timeout * 1000))


@cache
def _loaded() -> socket.socket:
    """Start the process that has the program loaded; it ends with this one, whose end closes the socket."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, __file__, str(theirs.fileno())]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# In the process that forks


def _serve(asked: socket.socket) -> None:
    """Start a program for each request, until the tests close the socket."""
    while size := int.from_bytes(asked.recv(_NUMBER, socket.MSG_WAITALL)):
        first, fds, _, _ = socket.recv_fds(asked, 1, 3)
        request = json.loads(first + asked.recv(size - 1, socket.MSG_WAITALL))
        if os.fork() == 0:
            asked.close()
            _watch(request, *fds)
        for fd in fds:
            os.close(fd)


def _reap(_number: int, _frame: object) -> None:
    """Let go of those that watched a program to its end. Their processor time counts as that of the tests."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _watch(request: Mapping[str, Any], out: int, err: int, told: int) -> NoReturn:
    """Start the program and tell the tests its number, then its exit status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if (pid := os.fork()) == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _become(request, out, err)
    for fd in (out, err):
        os.close(fd)
    with suppress(BrokenPipeError):
        os.write(told, pid.to_bytes(_NUMBER, signed=True))
        _, status = os.waitpid(pid, 0)
        os.write(told, os.waitstatus_to_exitcode(status).to_bytes(_NUMBER, signed=True))
    os._exit(0)


def _become(request: Mapping[str, Any], out: int, err: int) -> NoReturn:
    """Be the program as if it had just been loaded."""
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.closerange(3, 100)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    sys.argv = [str(Path(sys.executable).parent / "postroom"), *request["arguments"]]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through=True)  # type: ignore[union-attr]
    from postroom.cli.main import main

    # The interpreter goes on to its usual end: it flushes, and a SystemExit becomes the status.
    main()
    sys.exit(0)


if __name__ == "__main__":
    for _name in _MODULES:
        __import__(_name)
    assert threading.active_count() == 1, "a fork takes no thread with it"
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, _reap)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _serve(socket.socket(fileno=int(sys.argv[1])))
