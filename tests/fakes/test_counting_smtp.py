"""The counting SMTP server counts what it took, and nothing else."""

from __future__ import annotations

import asyncio
import smtplib
import socket

import pytest

from tests.fakes.counting_smtp import CountingSmtp
from tests.fakes.waiting import eventually

MESSAGE = b"Subject: one\r\nMessage-ID: <one@example.test>\r\n\r\n.hello\r\n"
ONE = "<one@example.test>"


def send(port: int, *recipients: str, times: int = 1) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.login("a", "pass")
        for _ in range(times):
            refused = client.sendmail("a@example.test", recipients, MESSAGE)
    return refused


async def converse(port: int, octets: bytes, until: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(octets)
    answer = await reader.readuntil(until)
    writer.close()
    return answer


async def test_each_recipient_of_each_message_is_counted() -> None:
    async with CountingSmtp() as server:
        await asyncio.to_thread(send, server.port, "b@x", "c@x", times=3)
        await asyncio.to_thread(send, server.port, "c@x")
        assert server.taken == {(ONE, "b@x"): 3, (ONE, "c@x"): 4}
        assert server.subjects[("one", "c@x")] == server.messages == 4
        assert b"250 4" in await converse(server.port, b"XCOUNT\r\n", b"250 4\r\n")


async def test_a_refused_recipient_is_not_counted() -> None:
    async with CountingSmtp() as server:
        server.refuse = lambda recipient: "550 5.1.1 Gone" if recipient.startswith("gone") else None
        assert await asyncio.to_thread(send, server.port, "b@x", "gone@x") == {"gone@x": (550, b"5.1.1 Gone")}
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            await asyncio.to_thread(send, server.port, "gone@x")
        assert server.taken == {(ONE, "b@x"): 1}


@pytest.mark.parametrize("data", [b"DATA\r\n" + MESSAGE + b".\r\n", b"BDAT %d LAST\r\n%s" % (len(MESSAGE), MESSAGE)])
async def test_commands_may_come_at_once_and_in_pieces(data: bytes) -> None:
    whole = b"EHLO a\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\n" + data
    async with CountingSmtp() as server:
        await converse(server.port, whole, b"Taken as 1\r\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in whole:
            writer.write(bytes([octet]))
            await asyncio.sleep(0)
        await reader.readuntil(b"Taken as 2\r\n")
        writer.close()
        assert server.taken == {(ONE, "b@x"): 2}


async def test_a_message_is_counted_before_its_answer_and_not_before_its_end() -> None:
    async with CountingSmtp() as server:
        server.answer_after = lambda: 60.0
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"EHLO a\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n" + MESSAGE + b".\r")
        await reader.readuntil(b"354 Go on\r\n")
        assert server.messages == 0
        writer.write(b"\n")
        await eventually(lambda: server.messages == 1)
        assert not reader._buffer  # type: ignore[attr-defined]
        writer.close()


async def test_it_can_stop_and_start_on_its_port() -> None:
    async with CountingSmtp() as server:
        await asyncio.to_thread(send, server.port, "b@x")
        await server.stop()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.to_thread(send, server.port, "b@x")
        await server.start()
        await asyncio.to_thread(send, server.port, "b@x")
        assert server.messages == 2
