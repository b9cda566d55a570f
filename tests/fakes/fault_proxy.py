"""A TCP proxy between a client and a real server that can be told, at run time, to break the line in many ways.

async with FaultProxy(dovecot.host, dovecot.port) as proxy:
    ...connect to proxy.host, proxy.port...
    proxy.blackhole()          # nothing gets through, nothing is closed; `heal()` lets everything flow again
    proxy.cut()                # every open connection is gone now
    await proxy.refuse()       # new connections are refused; `accept()` ends it
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Literal, Self

from tests.fakes.ports import PortReservation

Direction = Literal["to_client", "to_server"]


@dataclass
class _Faults:
    delay: float = 0.0
    pause_per_byte: float = 0.0
    bytes_before_cut: dict[Direction, int] = field(default_factory=dict)
    lost: bytes | None = None
    lost_answer: bytes | None = None


@dataclass(eq=False)
class _Line:
    """One client connection and its connection to the server."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    withholds: bool = False

    def abort(self, *, reset: bool) -> None:
        for writer in (self.client, self.server):
            if writer is None or writer.is_closing():
                continue
            connection = writer.get_extra_info("socket")
            if reset and connection is not None:
                # With a linger time of zero the kernel sends RST instead of FIN. The connection may have closed by
                # itself.
                with contextlib.suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class FaultProxy:
    """Forwards 127.0.0.1:`port` to a server until told to fail.

    `connections` counts accepted connections; `connection_times` are their times (`time.monotonic()`). `forwarded`
    counts bytes by direction. `open_connections` is the number of open ones. `losses` counts what `lose` and
    `lose_answer` dropped.
    """

    host = "127.0.0.1"

    def __init__(self, server_host: str, server_port: int) -> None:
        self._server = (server_host, server_port)
        self._reservation = PortReservation()
        self.port = self._reservation.port
        self.connection_times: list[float] = []
        self.forwarded: dict[Direction, int] = {"to_client": 0, "to_server": 0}
        self.losses = 0
        self._faults = _Faults()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._lines: set[_Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """The number of connections accepted so far."""
        return len(self.connection_times)

    @property
    def open_connections(self) -> int:
        """The number of open connections."""
        return len(self._lines)

    # Faults

    def cut(self, *, reset: bool = False) -> int:
        """Drop every open connection now, with FIN or with `reset`; return how many."""
        lines = list(self._lines)
        for line in lines:
            line.abort(reset=reset)
        return len(lines)

    def cut_after(self, count: int, direction: Direction = "to_client") -> None:
        """Drop one connection after `count` more bytes in this direction. Later connections are not affected."""
        self._faults.bytes_before_cut[direction] = count

    def lose(self, words: bytes) -> None:
        """Drop the connection on which these bytes are sent next. The server never receives them."""
        self._faults.lost = words

    def lose_answer(self, words: bytes) -> None:
        """Forward these bytes to the server when they are sent next, and drop the connection once it has answered."""
        self._faults.lost_answer = words

    def half_close(self, direction: Direction = "to_client") -> None:
        """Send end-of-stream in this direction on every open connection; the other direction stays open."""
        for line in self._lines:
            writer = line.client if direction == "to_client" else line.server
            if writer is not None and not writer.is_closing() and writer.can_write_eof():
                writer.write_eof()

    def blackhole(self) -> None:
        """Stop forwarding on open and new connections, without closing them. Data is held back."""
        self._flowing.clear()

    def delay(self, seconds: float) -> None:
        """Hold every piece of data back for this long."""
        self._faults.delay = seconds

    def trickle(self, pause: float) -> None:
        """Forward byte by byte, `pause` seconds apart."""
        self._faults.pause_per_byte = pause

    def heal(self) -> None:
        """Forward normally again, beginning with the data that was held back."""
        self._faults = _Faults()
        self._flowing.set()

    def forward_to(self, server_host: str, server_port: int) -> None:
        """Forward new connections to another server."""
        self._server = (server_host, server_port)

    async def refuse(self) -> None:
        """Refuse new connections; open ones stay."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
            # The listening socket is closed in the loop's next iteration.
            await asyncio.sleep(0.01)

    async def accept(self) -> None:
        """Accept connections again, on the same port."""
        if self._listener is None:
            self._listener = await asyncio.start_server(self._serve, self.host, self.port, backlog=4096)

    # Internals

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._reservation.release()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connection_times.append(time.monotonic())
        line = _Line(writer)
        self._lines.add(line)
        try:
            await self._forward_both_ways(line, reader)
        except (OSError, asyncio.CancelledError):
            # Python 3.11 reports a cancelled connection handler as an unhandled error. Here the cancellation is
            # intended.
            pass
        finally:
            self._lines.discard(line)
            self._tasks.discard(task)
            line.abort(reset=False)

    async def _forward_both_ways(self, line: _Line, client_reader: asyncio.StreamReader) -> None:
        await self._flowing.wait()
        server_reader, line.server = await asyncio.open_connection(*self._server)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump(line, client_reader, line.server, "to_server"))
            group.create_task(self._pump(line, server_reader, line.client, "to_client"))

    async def _pump(
        self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: Direction
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await asyncio.sleep(self._faults.delay)
                await self._flowing.wait()
                if self._loses(line, direction, data):
                    self.losses += 1
                    line.abort(reset=False)
                    return
                await self._write(line, writer, direction, data)
            await self._flowing.wait()
            if not writer.is_closing() and writer.can_write_eof():
                writer.write_eof()

    def _loses(self, line: _Line, direction: Direction, data: bytes) -> bool:
        if direction == "to_client":
            return line.withholds
        faults = self._faults
        if faults.lost is not None and faults.lost in data:
            faults.lost = None
            return True
        if faults.lost_answer is not None and faults.lost_answer in data:
            faults.lost_answer = None
            line.withholds = True
        return False

    async def _write(self, line: _Line, writer: asyncio.StreamWriter, direction: Direction, data: bytes) -> None:
        remaining = self._faults.bytes_before_cut.get(direction)
        whole = data if remaining is None else data[:remaining]
        if self._faults.pause_per_byte:
            for position in range(len(whole)):
                _send(writer, whole[position : position + 1])
                await asyncio.sleep(self._faults.pause_per_byte)
        else:
            _send(writer, whole)
        await writer.drain()
        self.forwarded[direction] += len(whole)
        if remaining is None:
            return
        if remaining > len(data):
            self._faults.bytes_before_cut[direction] = remaining - len(data)
            return
        del self._faults.bytes_before_cut[direction]
        # Forwarded data must arrive before the connection is cut.
        await asyncio.sleep(0.02)
        line.abort(reset=False)


def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    # On a write to a closed socket uvloop raises a RuntimeError, which looks like any other fault.
    if writer.is_closing():
        raise ConnectionResetError
    writer.write(data)
