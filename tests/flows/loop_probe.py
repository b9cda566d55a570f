"""The `postroom` program with a probe in its event loop: how long one turn of the loop keeps the processor.

Run as a script, it takes the arguments of `postroom` and writes a line for each long turn to the file that LOOP_PROBE
names: the time (monotonic), then the processor time of the loop's thread and of the whole process since the last look,
in seconds. Processor time, so that other programs on the machine cannot make a turn look long; that of the process too,
because a thread that does not let go of the interpreter holds up the loop as well.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import postroom.cli.serving.serve

_SCRIPT = Path(__file__)
_LOOK_EVERY = 0.005
_WORTH_A_LINE = 0.03


@dataclass(frozen=True)
class Turn:
    """The processor time between two looks, in seconds: of the loop's thread, and of the process."""

    at: float
    thread: float
    process: float


class LoopProbe:
    """The probe as the test sees it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "turns"
        self.program = (sys.executable, str(_SCRIPT))
        self.environment = {
            "LOOP_PROBE": str(self._file),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }

    def longest(self, since: float) -> Turn:
        """The longest times since then (`time.monotonic()`), each for itself; 0 where there was no long turn."""
        turns = [Turn(*map(float, line.split())) for line in self._file.read_text().splitlines()]
        late = [turn for turn in turns if turn.at >= since]
        thread, process = (turn.thread for turn in late), (turn.process for turn in late)
        return Turn(since, max(thread, default=0.0), max(process, default=0.0))


async def _look(out: TextIO) -> None:
    thread, process = time.thread_time(), time.process_time()
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        thread_before, process_before = thread, process
        thread, process = time.thread_time(), time.process_time()
        if process - process_before > _WORTH_A_LINE:
            out.write(f"{time.monotonic()} {thread - thread_before} {process - process_before}\n")


def _probed(run_gateway: Any) -> Any:
    async def probed(*arguments: Any, **options: Any) -> None:
        with Path(os.environ["LOOP_PROBE"]).open("w", buffering=1) as out:
            looking = asyncio.ensure_future(_look(out))
            try:
                await run_gateway(*arguments, **options)
            finally:
                looking.cancel()

    return probed


if __name__ == "__main__":
    from postroom.app import run_gateway
    from postroom.cli.main import main

    postroom.cli.serving.serve.run_gateway = _probed(run_gateway)  # type: ignore[attr-defined]
    main()
