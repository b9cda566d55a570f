"""`python -m bench.sink`: an SMTP server in a process of its own that takes every message and counts them.

It prints its port, and ends with its standard input. `XCOUNT` at the port is answered with the number of messages.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

import uvloop

from tests.fakes.counting_smtp import CountingSmtp

_LIMIT = 300.0
_LOOK_AGAIN = 0.01


@dataclass(frozen=True, slots=True)
class Sink:
    """A running sink, seen from outside."""

    port: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def at(cls, port: int) -> Self:
        """Connect to the sink at a port of this machine."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        return cls(port, reader, writer)

    async def count(self) -> int:
        """The number of messages that it has taken."""
        self.writer.write(b"XCOUNT\r\n")
        return int((await self.reader.readline()).split()[1])

    async def until(self, count: int) -> float:
        """Wait until it has taken so many messages; return the time (`time.monotonic()`). Raises RuntimeError."""
        deadline = time.monotonic() + _LIMIT
        while (taken := await self.count()) < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{taken} of {count} messages were sent within {_LIMIT:.0f} s")
            await asyncio.sleep(_LOOK_AGAIN)
        return time.monotonic()


@asynccontextmanager
async def running_sink() -> AsyncIterator[Sink]:
    """Run a sink for the time of the block."""
    command = [sys.executable, "-m", "bench.sink"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        sink = await Sink.at(int(await asyncio.to_thread(process.stdout.readline)))
        yield sink
        sink.writer.close()
    finally:
        process.stdin.close()
        await asyncio.to_thread(process.wait)
        process.stdout.close()


async def _serve() -> None:
    async with CountingSmtp(keeps=False) as server:
        print(server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())
