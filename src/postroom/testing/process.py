"""The process beside the tests: `python -m postroom.testing.process`. It runs until its standard input ends.

It is a process of its own, so that tests which freeze the time, turn warnings into errors or configure logs do not
reach the gateway. Its first line of output is JSON with the URL of its control interface.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

import uvloop

from postroom.app import prepare
from postroom.connections.sockets.event_loop import EventLoop
from postroom.demo.run import demo_settings
from postroom.log import configure
from postroom.testing.control import Control, serving


def main() -> None:
    """Run the process."""
    configure("warning")
    uvloop.run(_run(), loop_factory=EventLoop)


async def _run() -> None:
    with tempfile.TemporaryDirectory(prefix="postroom-testing-") as name:
        folder = Path(name)
        template = folder / "template"
        # Every stage begins with a copy, because a migration takes longer than most tests.
        await prepare(demo_settings(template, "template"))
        async with asyncio.TaskGroup() as group:
            control = Control(group, template, folder)
            async with serving(control) as url:
                sys.stdout.write(json.dumps({"control": url}) + "\n")
                sys.stdout.flush()
                await _end_of_input()
                control.close_all()


async def _end_of_input() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass


if __name__ == "__main__":
    main()
