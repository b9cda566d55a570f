"""Clients that leave a download at any moment, stop reading, or speak HTTP in rarer ways, at a real Dovecot.

Whatever they do, the session goes back or ends, and nothing of the request is left.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

import pytest

from postroom.mail.ids import attachment_id
from postroom.streaming.downloads import serving
from postroom.streaming.downloads.slow_readers import SlowestReader
from tests.api.conftest import Client
from tests.api.handlers.mail.conftest import connect
from tests.api.handlers.mail.test_downloads import download, numbered
from tests.api.handlers.mail.test_long_downloads import Large, block, busy, prepare
from tests.fakes.waiting import eventually
from tests.live.dovecot import Dovecot

pytestmark = pytest.mark.long

SIZE = 3_000_000
USERS = count(1)
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def large(client: Client, dovecot: Dovecot) -> Large:
    """A large attachment and a short text. Both sessions of the account are open and idle."""
    return await prepare(client, dovecot, f"leaving-{next(USERS)}", SIZE)


@asynccontextmanager
async def connected(large: Large) -> AsyncIterator[Streams]:
    """A connection whose client takes little that it has not asked for."""
    host, port = large.client.base.removeprefix("http://").split(":")
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=plain, limit=2048)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def request(large: Large, path: str, *more: str, version: str = "1.1") -> bytes:
    """Return a request for a path below the account."""
    lines = (
        f"GET /v1/account/a/{path} HTTP/{version}",
        "Host: x",
        f"Authorization: Bearer {large.client.token}",
        *more,
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


async def head(reader: asyncio.StreamReader) -> str:
    """Read the head of an answer."""
    return (await reader.readuntil(b"\r\n\r\n")).decode().lower()


async def leave_within_the_request(large: Large, streams: Streams) -> None:
    streams[1].write(request(large, large.attachment)[:-10])
    await streams[1].drain()


async def leave_before_the_head(large: Large, streams: Streams) -> None:
    streams[1].write(request(large, large.attachment))
    await streams[1].drain()


async def leave_when_the_session_is_lent(large: Large, streams: Streams) -> None:
    await leave_before_the_head(large, streams)
    await eventually(lambda: bool(busy(large.client)), what="the session is lent")


async def leave_after_the_head(large: Large, streams: Streams) -> None:
    await leave_before_the_head(large, streams)
    await head(streams[0])


async def leave_in_the_middle(large: Large, streams: Streams) -> None:
    await leave_after_the_head(large, streams)
    await streams[0].readexactly(SIZE // 2)


async def leave_before_the_last_octet(large: Large, streams: Streams) -> None:
    await leave_after_the_head(large, streams)
    await streams[0].readexactly(SIZE - 1)


async def leave_after_the_last_octet(large: Large, streams: Streams) -> None:
    await leave_after_the_head(large, streams)
    await streams[0].readexactly(SIZE)


async def say_goodbye_first(large: Large, streams: Streams) -> None:
    """Send no more after the request, and leave in the middle."""
    streams[1].write(request(large, large.attachment))
    streams[1].write_eof()
    await streams[0].read(1024)


MOMENTS = [
    leave_within_the_request,
    leave_before_the_head,
    leave_when_the_session_is_lent,
    leave_after_the_head,
    leave_in_the_middle,
    leave_before_the_last_octet,
    leave_after_the_last_octet,
    say_goodbye_first,
]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_client_that_leaves_takes_one_session_along_at_most(
    large: Large, moment: Callable[[Large, Streams], Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    assert (await download(large.client, large.text)).body == b"hello"
    places = large.client.api.quotas.borrowing.pool.places
    before = len(asyncio.all_tasks())
    for _ in range(3):
        async with connected(large) as streams:
            await moment(large, streams)
        await eventually(lambda: not busy(large.client), what="no place is taken")
        assert places.count <= 2
    await eventually(lambda: len(asyncio.all_tasks()) <= before, what="no task is left")
    assert (await download(large.client, large.text)).body == b"hello"
    assert (await download(large.client, large.attachment)).body == block(SIZE)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_clients_that_do_not_read_do_not_keep_the_sessions_of_others(
    large: Large, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "SLOWEST", SlowestReader(alone=3600, while_others_wait=0.2, interval=0.05))
    pool = large.client.api.quotas.borrowing.pool
    async with connected(large) as one, connected(large) as another:
        for reader, writer in (one, another):
            writer.write(request(large, large.attachment))
            await head(reader)
        assert len(busy(large.client)) == 2
        sessions = {each.client for each in pool._open.values()}
        # Both have been slow for long when the first call comes, and only one has to go.
        await asyncio.sleep(0.5)
        for _ in range(3):
            assert (await download(large.client, large.text, x_ee_timeout="30000")).body == b"hello"
        await eventually(lambda: len(busy(large.client)) == 1, what="one reader goes on")
        assert {each.client for each in pool._open.values()} == sessions


async def test_a_client_that_does_not_read_is_left_alone_for_a_while_only(
    large: Large, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "SLOWEST", SlowestReader(alone=0.2, while_others_wait=0.1, interval=0.05))
    async with connected(large) as (reader, writer):
        writer.write(request(large, large.attachment))
        assert f"content-length: {SIZE}\r\n" in await head(reader)
        await eventually(lambda: not busy(large.client), what="the session is back")
        got = 0
        while piece := await reader.read(64 * 1024):
            got += len(piece)
        assert got < SIZE


# HTTP in rarer ways


async def test_a_client_of_http_1_0_reads_until_the_end(large: Large) -> None:
    async with connected(large) as (reader, writer):
        writer.write(request(large, large.attachment, version="1.0"))
        answer = await head(reader)
        assert "transfer-encoding" not in answer
        assert await reader.read(-1) == block(SIZE)


async def test_a_client_of_http_1_0_is_told_a_length_that_has_to_be_counted(client: Client, dovecot: Dovecot) -> None:
    text = b"".join(b"line %d =3D words\r\n" % number for number in range(20_000))
    encoded = b"Content-Type: text/csv\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + text
    await asyncio.to_thread(dovecot.deliver, "counted", encoded)
    await connect(client, dovecot.port, "counted")
    large = Large(client, f"attachment/{attachment_id(await numbered(client), 1, '1')}", "")
    async with connected(large) as (reader, writer):
        writer.write(request(large, large.attachment, version="1.0"))
        answer = await head(reader)
        content = text.replace(b"=3D", b"=")
        assert f"content-length: {len(content)}\r\n" in answer
        assert "transfer-encoding" not in answer
        assert await reader.read(-1) == content


async def test_the_connection_closes_when_the_client_says_so(large: Large) -> None:
    async with connected(large) as (reader, writer):
        writer.write(request(large, large.attachment, "Connection: close"))
        assert "connection: close\r\n" in await head(reader)
        assert await reader.read(-1) == block(SIZE)


async def test_a_client_that_expects_something_gets_the_content(large: Large) -> None:
    async with connected(large) as (reader, writer):
        writer.write(request(large, large.text, "Expect: 100-continue", "Content-Length: 0", "Connection: close"))
        answer = await head(reader)
        if answer.startswith("http/1.1 100"):
            answer = await head(reader)
        assert answer.startswith("http/1.1 200")
        assert await reader.read(-1) == b"hello"


async def test_requests_that_are_sent_at_once_are_answered_one_after_the_other(large: Large) -> None:
    async with connected(large) as (reader, writer):
        several = (large.attachment, large.text, large.attachment)
        writer.write(b"".join(request(large, each) for each in several))
        for each in several:
            assert (await head(reader)).startswith("http/1.1 200")
            content = block(SIZE) if each is large.attachment else b"hello"
            assert await reader.readexactly(len(content)) == content
    await eventually(lambda: not busy(large.client), what="no place is taken")
