"""Connecting beside a full pool of threads: an address needs none of them."""

from __future__ import annotations

import asyncio
import errno
import socket
from pathlib import Path
from typing import Any

import pytest
from aiohappyeyeballs import start_connection

from postroom.connections.sockets.event_loop import EventLoop
from tests.fakes.ports import PortReservation


class WithoutThreads(EventLoop):
    """Whose pool of threads is full for good."""

    async def getaddrinfo(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("a thread of the pool was asked for")


def test_an_address_needs_no_thread() -> None:
    async def connect() -> None:
        info = (socket.AF_INET, socket.SOCK_STREAM, 0, "", server.getsockname())
        (await start_connection([info])).close()

    with socket.create_server(("127.0.0.1", 0)) as server, asyncio.Runner(loop_factory=WithoutThreads) as runner:
        runner.run(connect())


async def test_connects_to_both_families() -> None:
    assert isinstance(asyncio.get_running_loop(), EventLoop)
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.create_server((host, 0), family=family) as server, socket.socket(family) as connection:
            connection.setblocking(False)
            await asyncio.get_running_loop().sock_connect(connection, server.getsockname())
            assert connection.getpeername()[:2] == server.getsockname()[:2]


async def test_connects_to_a_path(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as connection:
        server.bind(str(tmp_path / "s"))
        server.listen()
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, str(tmp_path / "s"))


async def test_a_refusal_is_what_it_is() -> None:
    reservation = PortReservation()
    with socket.socket() as connection:
        connection.setblocking(False)
        with pytest.raises(ConnectionRefusedError) as caught:
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", reservation.port))
    reservation.release()
    assert caught.value.errno == errno.ECONNREFUSED


async def test_a_name_is_no_address() -> None:
    with socket.socket() as connection:
        connection.setblocking(False)
        with pytest.raises(ValueError, match="localhost"):
            await asyncio.get_running_loop().sock_connect(connection, ("localhost", 9))


async def test_an_attempt_can_be_ended() -> None:
    with socket.socket() as server, socket.socket() as connection:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        connection.setblocking(False)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await asyncio.get_running_loop().sock_connect(connection, server.getsockname())
        for filler in fillers:
            filler.close()
