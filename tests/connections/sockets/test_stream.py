"""Streams, plain and TLS, over real sockets: bytes both ways, ends of every kind, what they cost."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from postroom.connections.sockets.stream import Stream
from postroom.connections.sockets.tls import TlsLayer, tls_context
from postroom.imap.limits import LimitExceeded
from tests.fakes.certificates import server_certificate
from tests.fakes.waiting import eventually

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Ear:
    """A receiver that remembers."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ends: list[Exception | None] = []

    def bytes_received(self, data: bytes) -> None:
        self.data += data

    def read_on(self) -> bool:
        return False

    @property
    def is_busy(self) -> bool:
        return False

    def stream_ended(self, error: Exception | None) -> None:
        self.ends.append(error)


@asynccontextmanager
async def connected(
    serve: Serve, *, tls: ssl.SSLContext | None = None, ear: Ear | None = None
) -> AsyncIterator[tuple[Stream, Ear]]:
    """A stream to a server that runs `serve` for its one connection."""
    served: list[asyncio.Task[None]] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())  # type: ignore[arg-type]
        try:
            await serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    connection = socket.create_connection(server.sockets[0].getsockname())
    connection.setblocking(False)
    ear = ear or Ear()
    stream = Stream(ear)
    await stream.attach(connection)
    try:
        yield stream, ear
    finally:
        stream.abort()
        await eventually(lambda: ear.ends, what="the stream has ended")
        server.close()
        for task in served:
            task.cancel()
        await asyncio.gather(*served, return_exceptions=True)


async def secure(stream: Stream, context: ssl.SSLContext, name: str) -> None:
    stream.expect_tls(context, name)
    await stream.handshake()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


@pytest.fixture
def client_context() -> ssl.SSLContext:
    return server_certificate().client_context()


@pytest.mark.parametrize("size", [1, 16384, 16385, 5_000_000])
@pytest.mark.parametrize("encrypted", [False, True])
async def test_bytes_go_both_ways(size: int, encrypted: bool, client_context: ssl.SSLContext) -> None:
    tls = server_certificate().server_context() if encrypted else None
    sent = bytes(range(256)) * (size // 256) + bytes(size % 256)
    async with connected(echo, tls=tls) as (stream, ear):
        if encrypted:
            await secure(stream, client_context, "localhost")
            version, cipher = stream.security or ("", "")
            assert version.startswith("TLSv1.")
            assert cipher
        stream.write(sent)
        await eventually(lambda: len(ear.data) >= size, timeout=20, what="everything came back")
        assert bytes(ear.data) == sent
        assert stream.unsent == 0


async def test_tls_1_2_and_starttls_in_the_middle(client_context: ssl.SSLContext) -> None:
    server_context = server_certificate().server_context()
    server_context.maximum_version = ssl.TLSVersion.TLSv1_2

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.start_tls(server_context)
        await echo(reader, writer)

    async with connected(serve) as (stream, ear):
        stream.write(b"start\n")
        await eventually(lambda: ear.data == b"start\n")
        assert stream.security is None
        await secure(stream, client_context, "localhost")
        stream.write(b"secret\n")
        await eventually(lambda: ear.data == b"start\nsecret\n")
        assert stream.security is not None
        assert stream.security[0] == "TLSv1.2"


@pytest.mark.parametrize("encrypted", [False, True])
async def test_the_server_closes(encrypted: bool, client_context: ssl.SSLContext) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"last words")
        await writer.drain()

    tls = server_certificate().server_context() if encrypted else None
    async with connected(serve, tls=tls) as (stream, ear):
        if encrypted:
            await secure(stream, client_context, "localhost")
        await eventually(lambda: ear.ends, what="the end was told")
        assert ear.data == b"last words"
        assert ear.ends == [None]
        assert stream.closed
        stream.write(b"too late")
        stream.close()
        stream.abort()
    assert ear.ends == [None]


async def test_a_reset_is_told_as_an_error() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with connected(serve) as (stream, ear):
        stream.write(b"x")
        await eventually(lambda: ear.ends)
        assert isinstance(ear.ends[0], ConnectionResetError)


async def test_closing_sends_everything_first_and_tells_tls(client_context: ssl.SSLContext) -> None:
    received = bytearray()
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        while data := await reader.read(65536):
            received.extend(data)
        ended.set()

    async with connected(serve, tls=server_certificate().server_context()) as (stream, ear):
        await secure(stream, client_context, "localhost")
        # Closing a socket that holds unread bytes makes TCP drop the unsent ones.
        await eventually(lambda: ear.data == b"hello")
        stream.write(b"x" * 50_000)
        stream.close()
        await asyncio.wait_for(ended.wait(), 10)
        assert len(received) == 50_000
        await eventually(lambda: ear.ends == [None])


@pytest.mark.parametrize(
    ("certificate", "code"),
    [
        (server_certificate(valid_days=-1), 10),
        (server_certificate(("other.example",)), 62),
    ],
)
async def test_bad_certificates(certificate: object, code: int, client_context: ssl.SSLContext) -> None:
    context = certificate.server_context()  # type: ignore[attr-defined]
    async with connected(echo, tls=context) as (stream, ear):
        with pytest.raises(ssl.SSLCertVerificationError) as caught:
            await secure(stream, client_context, "localhost")
        assert caught.value.verify_code == code
        assert stream.closed
        await eventually(lambda: ear.ends)


async def test_verification_can_be_switched_off() -> None:
    context = server_certificate(("other.example",), valid_days=-1).server_context()
    async with connected(echo, tls=context) as (stream, ear):
        await secure(stream, tls_context(verify=False), "localhost")
        stream.write(b"hello")
        await eventually(lambda: ear.data == b"hello")


async def test_a_server_that_does_not_speak_tls(client_context: ssl.SSLContext) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK IMAP4rev1 ready\r\n")
        await reader.read()

    async with connected(serve) as (stream, ear):
        with pytest.raises(ssl.SSLError):
            await secure(stream, client_context, "localhost")
        assert ear.data == b""


async def test_plain_bytes_before_the_handshake_are_never_received(client_context: ssl.SSLContext) -> None:
    server_side, client_side = socket.socketpair()
    client_side.setblocking(False)
    ear = Ear()
    stream = Stream(ear)
    with server_side:
        server_side.sendall(b"* PREAUTH welcome\r\n")
        stream.expect_tls(client_context, "localhost")
        await stream.attach(client_side)
        await asyncio.sleep(0.02)
        with pytest.raises(ssl.SSLError):
            await stream.handshake()
    assert ear.data == b""
    assert len(ear.ends) == 1


@pytest.mark.parametrize("close", [Stream.close, Stream.abort])
async def test_a_stream_closed_before_it_is_attached_closes_its_socket(close: Callable[[Stream], None]) -> None:
    server_side, client_side = socket.socketpair()
    client_side.setblocking(False)
    ear = Ear()
    stream = Stream(ear)
    close(stream)
    await stream.attach(client_side)
    await eventually(lambda: ear.ends)
    with server_side:
        assert server_side.recv(1) == b""


async def test_a_handshake_cut_short(client_context: ssl.SSLContext) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with connected(serve) as (stream, _):
        with pytest.raises(ConnectionError):
            await secure(stream, client_context, "localhost")
        with pytest.raises(ConnectionError):
            await secure(stream, client_context, "localhost")


async def test_a_handshake_that_hangs_can_be_cancelled(client_context: ssl.SSLContext) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with connected(serve) as (stream, ear):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await secure(stream, client_context, "localhost")
        await eventually(lambda: ear.ends)


async def test_garbage_after_the_handshake_ends_the_stream(client_context: ssl.SSLContext) -> None:
    server_side, client_side = socket.socketpair()
    client_side.setblocking(False)
    ear = Ear()
    stream = Stream(ear)
    await stream.attach(client_side)

    def serve() -> None:
        with server_certificate().server_context().wrap_socket(server_side, server_side=True) as secured:
            raw = socket.socket(fileno=socket.dup(secured.fileno()))
            with raw:
                raw.sendall(b"\x17\x03\x03\x00\x05nope!")
                raw.recv(4096)

    serving = asyncio.create_task(asyncio.to_thread(serve))
    await secure(stream, client_context, "localhost")
    await eventually(lambda: ear.ends)
    assert isinstance(ear.ends[0], ssl.SSLError)
    assert ear.data == b""
    await serving


async def test_a_receiver_that_fails_ends_its_stream_alone() -> None:
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))

    class Poisoned(Ear):
        def bytes_received(self, data: bytes) -> None:
            raise IndexError("a fault in a parser")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"poison")
        await reader.read()

    async with connected(serve, ear=Poisoned()) as (_, ear):
        await eventually(lambda: ear.ends)
        assert isinstance(ear.ends[0], IndexError)
    assert len(complaints) == 1


def test_contexts_are_shared_and_modern(tmp_path: Path) -> None:
    authority = server_certificate().write(tmp_path)[2]
    assert tls_context() is tls_context()
    assert tls_context(ca_file=authority) is tls_context(ca_file=authority)
    assert tls_context(ca_file=authority) is not tls_context()
    assert tls_context().minimum_version is ssl.TLSVersion.TLSv1_2
    assert tls_context(min_version=ssl.TLSVersion.TLSv1_3).minimum_version is ssl.TLSVersion.TLSv1_3
    assert tls_context(min_version=ssl.TLSVersion.TLSv1).get_ciphers()
    assert not tls_context(verify=False).check_hostname


def test_a_layer_takes_bytes_one_at_a_time(client_context: ssl.SSLContext) -> None:
    client = TlsLayer(client_context, "localhost")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_certificate().server_context().wrap_bio(incoming, outgoing, server_side=True)
    assert not client.handshake()
    greeted = False
    plain = b""
    for _ in range(10):
        incoming.write(client.data_to_send())
        try:
            if not greeted:
                server.do_handshake()
                server.write(b"hello")
                greeted = True
        except ssl.SSLWantReadError:
            pass
        for octet in outgoing.read():
            part, ended = client.receive(bytes([octet]))
            plain += part
            assert not ended
    assert client.established
    assert plain == b"hello"
    incoming.write(client.encrypt(b"x" * 40_000))
    assert sum(len(server.read(16_384)) for _ in range(3)) == 40_000


async def test_tls_that_carries_nothing_without_end_is_cut_off() -> None:
    """Tickets, new keys and the like cost work and bring nothing; a server may send them as fast as it can."""

    class Empty:
        established = True

        def receive(self, data: bytes) -> tuple[bytes, bool]:
            return b"", False

        def data_to_send(self) -> bytes:
            return b""

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with connected(flood) as (stream, ear):
        stream._tls = cast("TlsLayer", Empty())
        await eventually(lambda: ear.ends)
        assert isinstance(ear.ends[0], LimitExceeded)
        assert ear.data == b""
