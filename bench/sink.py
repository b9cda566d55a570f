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
from typing import Protocol, Self

import uvloop

from tests.fakes.counting_smtp import CountingSmtp
from tests.live.postfix import Postfix

__all__ = ["MailSink", "PostfixSink", "Sink", "running_sink", "taken"]

_LIMIT = 300.0
_LOOK_AGAIN = 0.01


class MailSink(Protocol):
    """A mail server on this machine that counts what it has taken; `key` and `name` are for the report."""

    key: str
    name: str
    port: int

    async def count(self) -> int:
        """The number of messages that it has taken."""
        ...


async def taken(sink: MailSink, count: int) -> float:
    """Wait until it has taken so many messages; return the time (`time.monotonic()`). Raises RuntimeError."""
    deadline = time.monotonic() + _LIMIT
    while (seen := await sink.count()) < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{seen} of {count} messages were sent within {_LIMIT:.0f} s")
        await asyncio.sleep(_LOOK_AGAIN)
    return time.monotonic()


class Sink:
    """The process of this module, seen from outside: a server that costs nearly nothing."""

    key = ""
    name = "at a server that answers at once"

    def __init__(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.port = port
        self._reader = reader
        self._writer = writer

    @classmethod
    async def at(cls, port: int) -> Self:
        """Connect to the sink at a port of this machine."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        return cls(port, reader, writer)

    async def count(self) -> int:
        """The number of messages that it has taken."""
        self._writer.write(b"XCOUNT\r\n")
        return int((await self._reader.readline()).split()[1])

    def close(self) -> None:
        self._writer.close()


class PostfixSink:
    """A real Postfix, whose mail for discard.test is thrown away. It counts by its log."""

    key = "Postfix"
    name = "at a real Postfix"

    def __init__(self, postfix: Postfix) -> None:
        self.port = postfix.port
        self._log = postfix.folder / "postfix.log"
        self._read = 0
        self._count = 0

    async def count(self) -> int:
        """The number of messages that it has taken."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            whole, _, _ = log.read().rpartition(b"\n")
        self._read += len(whole)
        self._count += whole.count(b"(queue active)")
        return self._count


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
        sink.close()
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
