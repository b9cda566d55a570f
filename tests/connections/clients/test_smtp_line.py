"""The line of an SMTP session, over a real connection whose other end says what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from postroom.connections.clients.smtp_line import LineFailed, SmtpLine
from postroom.smtp.replies import MalformedReply
from tests.fakes.waiting import eventually

LONG = 20.0


@dataclass
class Ends:
    """Both ends of a connection."""

    line: SmtpLine
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accepted.put((reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=1024)
    host, port = server.sockets[0].getsockname()
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, host, port)
    reader, writer = await accepted.get()
    made = Ends(SmtpLine.take_over(transport), reader, writer)
    yield made
    made.line.close()
    writer.close()
    server.close()


async def test_replies_that_come_together_or_in_pieces_are_all_read(ends: Ends) -> None:
    ends.line.write(b"ONE\r\nTWO\r\nTHREE\r\n", replies=3)
    assert await ends.reader.readexactly(17) == b"ONE\r\nTWO\r\nTHREE\r\n"
    ends.writer.write(b"250 one\r\n250-two\r\n250 more\r\n5")
    assert [(await ends.line.reply(LONG)).text for _ in range(2)] == ["one", "two\nmore"]
    assert not ends.line.is_whole
    ends.writer.write(b"50 three\r\n")
    assert (await ends.line.reply(LONG)).code == 550
    assert ends.line.is_whole


async def test_a_reply_that_nobody_asked_for_fails_the_line_and_answers_nothing(ends: Ends) -> None:
    ends.line.write(b"ONE\r\n", replies=1)
    ends.writer.write(b"250 one\r\n421 4.4.2 Idle\r\n")
    assert (await ends.line.reply(LONG)).text == "one"
    await eventually(lambda: ends.line.failed)
    with pytest.raises(LineFailed) as caught:
        ends.line.write(b"TWO\r\n", replies=1)
    assert caught.value.unasked is not None
    assert caught.value.unasked.code == 421
    assert isinstance(caught.value.__cause__, MalformedReply)
    with pytest.raises(LineFailed):
        await ends.line.reply(LONG)


async def test_replies_before_the_end_are_read_and_then_the_line_has_failed(ends: Ends) -> None:
    told: list[bool] = []
    ends.line.when_failed(lambda: told.append(True))
    ends.line.write(b"ONE\r\n", replies=2)
    ends.writer.write(b"250 one\r\n")
    ends.writer.close()
    await eventually(lambda: told)
    assert (await ends.line.reply(LONG)).text == "one"
    with pytest.raises(LineFailed) as caught:
        await ends.line.reply(LONG)
    assert isinstance(caught.value.__cause__, (EOFError, OSError))
    assert told == [True]


@pytest.mark.parametrize("said", [b"hello\r\n", b"250-a\r\n251 b\r\n", b"x" * 9000])
async def test_what_is_no_reply_fails_the_line(ends: Ends, said: bytes) -> None:
    ends.line.write(b"ONE\r\n", replies=1)
    ends.writer.write(said)
    with pytest.raises(LineFailed) as caught:
        await ends.line.reply(LONG)
    assert isinstance(caught.value.__cause__, MalformedReply)


async def test_silence_fails_the_line(ends: Ends) -> None:
    ends.line.write(b"ONE\r\n", replies=1)
    with pytest.raises(LineFailed) as caught:
        await ends.line.reply(0.01)
    assert isinstance(caught.value.__cause__, TimeoutError)
    assert not ends.line.is_whole


async def test_a_cancelled_wait_can_be_taken_up_again(ends: Ends) -> None:
    ends.line.write(b"ONE\r\n", replies=1)
    task = asyncio.create_task(ends.line.reply(LONG))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ends.writer.write(b"250 one\r\n")
    assert (await ends.line.reply(LONG)).text == "one"


async def test_writing_waits_for_a_reader_and_for_everything_to_leave(ends: Ends) -> None:
    octets = bytes(32 * 1024 * 1024)
    ends.line.write(octets)
    with pytest.raises(LineFailed):
        await ends.line.has_room(0.05)


async def test_everything_has_left_when_it_is_flushed(ends: Ends) -> None:
    octets = bytes(32 * 1024 * 1024)
    ends.line.write(octets)
    task = asyncio.create_task(ends.line.is_flushed(LONG))
    await asyncio.sleep(0.01)
    assert not task.done()
    missing = len(octets)
    while missing:
        missing -= len(await ends.reader.read(1024 * 1024))
    await task
    await ends.line.has_room(LONG)
    assert ends.line.is_whole


async def test_nothing_is_written_after_the_end(ends: Ends) -> None:
    ends.line.close()
    with pytest.raises(LineFailed):
        ends.line.write(b"ONE\r\n")
    with pytest.raises(LineFailed):
        await ends.line.is_flushed(LONG)
    await eventually(ends.reader.at_eof)


async def test_an_end_while_the_writer_waits_is_noticed(ends: Ends) -> None:
    ends.line.write(bytes(32 * 1024 * 1024))
    task = asyncio.create_task(ends.line.has_room(LONG))
    await asyncio.sleep(0.01)
    ends.writer.transport.abort()
    with pytest.raises(LineFailed):
        await task
