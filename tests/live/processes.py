"""What every real server of the tests needs: an unprivileged user, a folder, an end by pid."""

from __future__ import annotations

import contextlib
import fcntl
import grp
import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import current_thread, main_thread


class ServerFailed(RuntimeError):
    """A server did not start, or a tool of its own failed; the message carries its output."""


@dataclass(frozen=True)
class Identity:
    """The user and group that a server runs as."""

    user: str
    group: str
    uid: int
    gid: int

    def popen_arguments(self) -> dict[str, object]:
        """Keyword arguments for `subprocess.Popen`: root becomes this user, anybody else already is."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def identity(*preferred: str) -> Identity:
    """The first existing user of `preferred` (then `nobody`) for root; the own user for everybody else."""
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid())
        return Identity(entry.pw_name, grp.getgrgid(os.getegid()).gr_name, os.geteuid(), os.getegid())
    for name in (*preferred, "nobody"):
        with contextlib.suppress(KeyError):
            return identity_of(name)
    raise ServerFailed(f"root cannot run test servers: none of the users {preferred} nor nobody exists")


def identity_of(name: str) -> Identity:
    """The user of this name; KeyError when there is none."""
    entry = pwd.getpwnam(name)
    return Identity(name, grp.getgrgid(entry.pw_gid).gr_name, entry.pw_uid, entry.pw_gid)


def server_folder(prefix: str, owner: Identity) -> Path:
    """A fresh folder owned by `owner`, below a temporary folder that `owner` can reach."""
    candidates = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    parent = next((path for path in candidates if _everybody_may_enter(path)), candidates[0])
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent if os.geteuid() == 0 else None))
    if os.geteuid() == 0:
        os.chown(folder, owner.uid, owner.gid)
    return folder


def _everybody_may_enter(path: Path) -> bool:
    return path.is_dir() and all(step.stat().st_mode & 0o001 for step in (path, *path.parents))


def remove_folder(folder: Path) -> None:
    """Delete a server's folder; what a dying process still writes there is no error."""
    shutil.rmtree(folder, ignore_errors=True)


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder with its owners and modes; `target` is there when it is whole, or not at all."""
    half = target.with_suffix(".half")
    subprocess.run(["cp", "-a", source, half], check=True)
    half.rename(target)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that the processes of a test run share; the kernel releases it when its holder ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run_tool(arguments: Sequence[str | Path], who: Identity, *, stdin: bytes = b"", timeout: float = 60) -> bytes:
    """Run a server's command-line tool as `who` and return its output; raise ServerFailed if it fails."""
    result = subprocess.run(
        [str(part) for part in arguments],
        input=stdin,
        capture_output=True,
        timeout=timeout,
        cwd="/",
        **who.popen_arguments(),  # type: ignore[call-overload]
    )
    if result.returncode != 0:
        output = (result.stdout + result.stderr).decode(errors="replace")
        raise ServerFailed(f"{arguments[0]} ended with {result.returncode}: {output}")
    return bytes(result.stdout)


def spawn(arguments: Sequence[str | Path], who: Identity, log: Path) -> subprocess.Popen[bytes]:
    """Start a server in the foreground as `who`, its output appended to `log`.

    The kernel interrupts the server when this process ends in whatever way, also by SIGKILL. A server that another
    thread than the first one starts again has no such guard.
    """
    # The kernel watches the thread that started the server, and threads of a pool end before their process.
    guard = ["setpriv", "--pdeathsig", "INT"] if current_thread() is main_thread() else []
    with log.open("ab") as output:
        if os.geteuid() == 0:
            os.chown(log, who.uid, who.gid)
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [*guard, *(str(part) for part in arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
            **who.popen_arguments(),  # type: ignore[call-overload]
        )
    return process


def stop_process(process: subprocess.Popen[bytes], signal_number: int, timeout: float = 10) -> None:
    """Signal one process that we started and wait for its end; kill it when it takes too long."""
    if process.poll() is None:
        process.send_signal(signal_number)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def children_of(process: subprocess.Popen[bytes] | None) -> list[int]:
    """The pids of the processes that a running server has started; none when it has ended."""
    if process is None or process.poll() is not None:
        return []
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


@contextlib.contextmanager
def open_processes(pids: Iterable[int]) -> Iterator[list[int]]:
    """Handles (pidfd) of running processes: unlike a pid, a handle never comes to mean somebody else's process."""
    handles = []
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            handles.append(os.pidfd_open(pid))
    try:
        yield handles
    finally:
        for handle in handles:
            os.close(handle)


def end_processes(handles: Sequence[int], signal_number: int, timeout: float = 5) -> None:
    """Signal processes that are not our own children and wait for their end; kill those that take too long."""
    deadline = time.monotonic() + timeout
    for handle in handles:
        _signal_handle(handle, signal_number)
    for handle in handles:
        remaining = max(0.0, deadline - time.monotonic())
        if not has_ended(handle, remaining):
            _signal_handle(handle, signal.SIGKILL)
            has_ended(handle, timeout)


def _signal_handle(handle: int, signal_number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal_number)


def has_ended(handle: int, timeout: float) -> bool:
    """Wait at most `timeout` seconds for the end of a process, by its handle; say whether it ended."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(timeout * 1000))


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, timeout: float = 60) -> None:
    """Poll `ready` until it is true; raise ServerFailed with the log when the process ends or time is up."""
    deadline = time.monotonic() + timeout
    while not ready():
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            text = log.read_text(errors="replace") if log.exists() else ""
            raise ServerFailed(f"{process.args!r} {'ended' if ended else 'is not ready'}: {text[-4000:]}")
        time.sleep(0.02)
