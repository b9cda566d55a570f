"""The fault proxy breaks a connection to a real server as told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.waiting import eventually


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    """A proxy to a server that echoes lines."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with FaultProxy(*server.sockets[0].getsockname()) as running:
        yield running
    server.close()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, proxy: FaultProxy) -> Client:
        client = cls(*await asyncio.open_connection(proxy.host, proxy.port))
        assert await client.echo(b"ready\n") == b"ready\n"
        return client

    async def echo(self, line: bytes, timeout: float = 30) -> bytes:
        self.writer.write(line)
        return await asyncio.wait_for(self.reader.readline(), timeout)


async def test_forwards_and_counts(proxy: FaultProxy) -> None:
    client = await Client.open(proxy)
    assert await client.echo(b"x" * 60_000 + b"\n") == b"x" * 60_000 + b"\n"
    assert (proxy.connections, proxy.open_connections) == (1, 1)
    assert proxy.forwarded == {"to_client": 60_007, "to_server": 60_007}
    client.writer.close()
    await eventually(lambda: proxy.open_connections == 0)


async def test_cut_ends_open_connections_and_lets_new_ones_in(proxy: FaultProxy) -> None:
    client = await Client.open(proxy)
    assert proxy.cut() == 1
    assert await asyncio.wait_for(client.reader.read(), 5) == b""
    again = await Client.open(proxy)
    proxy.cut(reset=True)
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(again.reader.read(), 5)
    client.writer.close()
    again.writer.close()


async def test_cut_after_some_bytes_happens_once(proxy: FaultProxy) -> None:
    client = await Client.open(proxy)
    proxy.cut_after(8)
    assert await client.echo(b"abcde\n") == b"abcde\n"
    client.writer.write(b"fghij\n")
    assert await asyncio.wait_for(client.reader.read(), 5) == b"fg"
    again = await Client.open(proxy)
    assert await again.echo(b"a long line\n") == b"a long line\n"
    client.writer.close()
    again.writer.close()


async def test_lose_drops_the_line_before_the_words_arrive(proxy: FaultProxy) -> None:
    client = await Client.open(proxy)
    proxy.lose(b"secret")
    assert await client.echo(b"other\n") == b"other\n"
    assert await client.echo(b"a secret\n") == b""
    assert (proxy.losses, proxy.forwarded["to_server"]) == (1, len(b"ready\nother\n"))
    again = await Client.open(proxy)
    assert await again.echo(b"a secret\n") == b"a secret\n"
    client.writer.close()
    again.writer.close()


async def test_lose_answer_lets_the_words_arrive(proxy: FaultProxy) -> None:
    client = await Client.open(proxy)
    other = await Client.open(proxy)
    proxy.lose_answer(b"secret")
    assert await client.echo(b"a secret\n") == b""
    assert (proxy.losses, proxy.forwarded["to_server"]) == (1, len(b"ready\nready\na secret\n"))
    assert await other.echo(b"a secret\n") == b"a secret\n"
    client.writer.close()
    other.writer.close()


async def test_half_close_leaves_the_other_direction(proxy: FaultProxy) -> None:
    client = await Client.open(proxy)
    proxy.half_close()
    assert await asyncio.wait_for(client.reader.read(), 5) == b""
    client.writer.write(b"still heard\n")
    await eventually(lambda: proxy.forwarded["to_server"] == len(b"ready\nstill heard\n"))
    client.writer.close()


async def test_blackhole_holds_everything_back_until_healed(proxy: FaultProxy) -> None:
    client = await Client.open(proxy)
    proxy.blackhole()
    client.writer.write(b"held\n")
    pending = asyncio.ensure_future(client.reader.readline())
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
    writer.write(b"new\n")
    await asyncio.sleep(0.1)
    assert not pending.done()
    proxy.heal()
    assert await asyncio.wait_for(pending, 5) == b"held\n"
    assert await asyncio.wait_for(reader.readline(), 5) == b"new\n"
    client.writer.close()
    writer.close()


async def test_delay_and_trickle_slow_it_down(proxy: FaultProxy) -> None:
    client = await Client.open(proxy)
    proxy.delay(0.05)
    began = time.monotonic()
    await client.echo(b"late\n")
    assert time.monotonic() - began >= 0.09
    proxy.heal()
    proxy.trickle(0.01)
    began = time.monotonic()
    await client.echo(b"123456789\n")
    assert time.monotonic() - began >= 0.09
    client.writer.close()


async def test_refuse_keeps_open_connections_and_accept_brings_the_port_back(proxy: FaultProxy) -> None:
    client = await Client.open(proxy)
    await proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(proxy.host, proxy.port)
    assert await client.echo(b"alive\n") == b"alive\n"
    await proxy.accept()
    again = await Client.open(proxy)
    client.writer.close()
    again.writer.close()
