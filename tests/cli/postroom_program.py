"""The real `postroom` program as a child process, with nothing of the developer's environment in it."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from postroom.cli.main import main
from tests.cli.loaded_program import Forked

PROGRAM = str(Path(sys.executable).parent / "postroom")
START_LIMIT = 120.0
STOP_LIMIT = 20.0


def _environment(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
    named = {f"POSTROOM_{name.upper()}": value for name, value in settings.items()}
    # Whoever runs the tests may have a gateway of their own on the usual port.
    ours = {"POSTROOM_DATA_DIR": str(folder / "data"), "POSTROOM_PORT": "0", "COLUMNS": "80", "NO_COLOR": "1"}
    return kept | ours | named


def _command(command: Sequence[str], open_files: int | None) -> list[str]:
    """The command; with `open_files` as the hard limit, and half of it as the soft one."""
    if open_files is None:
        return [*command]
    limits = f"ulimit -Sn {open_files // 2}; ulimit -Hn {open_files}"
    return ["sh", "-c", f'{limits}; exec "$@"', "sh", *command]


def run(
    folder: Path, *arguments: str, timeout: float = START_LIMIT, open_files: int | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in `folder`; settings are named as in the settings file."""
    return subprocess.run(
        _command((PROGRAM, *arguments), open_files),
        cwd=folder,
        env=_environment(folder, settings),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def run_loaded(folder: Path, *arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Like `run`, as a fork of a process that has loaded the program: where loading is not the matter."""
    with running(folder, *arguments, loaded=True, **settings) as program:
        status = program.process.wait(START_LIMIT)
    output, errors = ("".join(f"{line}\n" for line in lines) for lines in (program.output, program.errors))
    return subprocess.CompletedProcess(arguments, status, output, errors)


def call(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Like `run`, within this process: for the many commands of which one as a process is proof enough."""
    output, errors = io.StringIO(), io.StringIO()
    status: int | str | None = 0
    with (
        patch.dict(os.environ, _environment(folder, settings), clear=True),
        patch.object(sys, "argv", [PROGRAM, *arguments]),
        # Or the program is called `python -m pytest`, where that is how the tests were started.
        patch.object(sys.modules["__main__"], "__package__", None),
        chdir(folder),
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code
    return subprocess.CompletedProcess(arguments, int(status or 0), output.getvalue(), errors.getvalue())


@dataclass
class Program:
    """A command that goes on running: its lines as they come."""

    process: subprocess.Popen[str] | Forked
    output: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    readers: Sequence[threading.Thread] = ()

    def read_to_the_end(self) -> None:
        """Wait for the last words of a process that is gone; a child of it may keep its streams open."""
        for reader in self.readers:
            reader.join(5)

    def wait_for(self, pattern: str, timeout: float = START_LIMIT) -> re.Match[str]:
        """Return the first match in a line of either stream; fail when it does not come."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            is_gone = self.process.poll() is not None
            if is_gone:
                self.read_to_the_end()
            for line in [*self.output, *self.errors]:
                if match := re.search(pattern, line):
                    return match
            if is_gone:
                break
            time.sleep(0.02)
        raise AssertionError(f"no line matched {pattern!r}; output: {self.output}; errors: {self.errors[-20:]}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(STOP_LIMIT)


@contextmanager
def running(
    folder: Path,
    *arguments: str,
    open_files: int | None = None,
    program: Sequence[str] = (PROGRAM,),
    environment: Mapping[str, str] | None = None,
    loaded: bool = False,
    **settings: str,
) -> Iterator[Program]:
    """Start a command in `folder`; it is stopped in the end, at once if it is still there.

    `program` is what stands for `postroom`, and `environment` what it finds besides the settings. With `loaded`, a
    process that has loaded the program becomes the command, where that makes no difference.
    """
    surroundings = _environment(folder, settings) | {"PYTHONUNBUFFERED": "1"} | dict(environment or {})
    process: subprocess.Popen[str] | Forked
    if loaded and open_files is None and program == (PROGRAM,) and _is_usual(surroundings):
        process = Forked(arguments, folder, surroundings)
    else:
        process = subprocess.Popen(
            _command((*program, *arguments), open_files),
            cwd=folder,
            env=surroundings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    started = Program(process)
    readers = [
        threading.Thread(target=_collect, args=(stream, lines), daemon=True)
        for stream, lines in ((process.stdout, started.output), (process.stderr, started.errors))
    ]
    started.readers = readers
    for reader in readers:
        reader.start()
    try:
        yield started
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        started.read_to_the_end()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _is_usual(environment: Mapping[str, str]) -> bool:
    """Whether nothing in it changes how Python loads the program, and one process does all."""
    measured = any(name.startswith("COVERAGE_PROCESS") for name in environment)
    return not measured and "PYTHONPATH" not in environment and environment.get("POSTROOM_WORKERS", "1") == "1"


def _collect(stream: Iterator[str] | None, lines: list[str]) -> None:
    lines.extend(line.rstrip("\n") for line in stream or ())
