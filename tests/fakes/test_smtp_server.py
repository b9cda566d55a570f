"""The small SMTP server, seen with smtplib."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.fakes.smtp_server import ALL_EXTENSIONS, FakeSmtpServer
from tests.fakes.waiting import eventually

MESSAGE = b"Subject: hello\r\n\r\nhello\r\n.a dot\r\n..two\r\n"


@pytest.fixture
async def server() -> AsyncIterator[FakeSmtpServer]:
    async with FakeSmtpServer() as running:
        yield running


async def with_client(server: FakeSmtpServer, work: Callable[[smtplib.SMTP], Any]) -> Any:
    def run() -> Any:
        with smtplib.SMTP(server.host, server.port, timeout=5) as client:
            return work(client)

    return await asyncio.to_thread(run)


async def test_message_is_recorded_with_envelope_and_exact_content(server: FakeSmtpServer) -> None:
    def send(client: smtplib.SMTP) -> None:
        client.login("ada", "pass")
        client.sendmail("a@example.test", ["b@example.test", "c@example.test"], MESSAGE)

    await with_client(server, send)
    [message] = server.messages
    assert (message.user, message.sender) == ("ada", "a@example.test")
    assert message.recipients == ["b@example.test", "c@example.test"]
    assert message.content == MESSAGE
    assert server.statistics.count("login", "ada") == 1
    await eventually(lambda: server.statistics.open_connections == 0)


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_each_mechanism_accepts_and_refuses(mechanism: str) -> None:
    async with FakeSmtpServer(mechanisms=(mechanism,)) as server:
        await with_client(server, lambda client: client.login("ada", "pass"))
        with pytest.raises(smtplib.SMTPAuthenticationError):
            await with_client(server, lambda client: client.login("ada", "wrong"))
        assert (server.statistics.logins, server.statistics.refused_logins) == (1, 1)


async def test_token(server: FakeSmtpServer) -> None:
    def authenticate(client: smtplib.SMTP) -> Any:
        client.ehlo()
        return client.auth("XOAUTH2", lambda _=None: "user=ada\x01auth=Bearer pass\x01\x01")

    assert (await with_client(server, authenticate))[0] == 235


async def test_starttls_hides_auth_until_it_is_done() -> None:
    async with FakeSmtpServer(tls="starttls", auth_needs_tls=True) as server:

        def talk() -> tuple[bool, bool]:
            with smtplib.SMTP("localhost", server.port, timeout=5) as client:
                client.ehlo()
                before = client.has_extn("auth")
                client.starttls(context=server.client_context())
                client.login("ada", "pass")
                return before, client.has_extn("auth")

        assert await asyncio.to_thread(talk) == (False, True)


async def test_implicit_tls() -> None:
    async with FakeSmtpServer(tls="implicit") as server:

        def talk() -> int:
            with smtplib.SMTP_SSL("localhost", server.port, context=server.client_context(), timeout=5) as client:
                return client.login("ada", "pass")[0]

        assert await asyncio.to_thread(talk) == 235


async def test_scripted_replies(server: FakeSmtpServer) -> None:
    def send(client: smtplib.SMTP) -> None:
        client.sendmail("a@example.test", ["b@example.test"], MESSAGE)

    server.reply_with("RCPT", "550 5.1.1 No such user")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        await with_client(server, send)
    server.reply_with("RCPT", None)
    server.reply_with("END", "452 4.2.2 Mailbox full")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await with_client(server, send)
    assert refused.value.smtp_code == 452
    server.behave()
    await with_client(server, send)
    assert len(server.messages) == 1


async def test_busy_greeting_drop_and_silence(server: FakeSmtpServer) -> None:
    server.reply_with("GREETING", "421 4.7.0 Too busy")
    with pytest.raises(smtplib.SMTPConnectError):
        await with_client(server, lambda client: client.noop())
    server.behave()
    server.drop_on("NOOP")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        await with_client(server, lambda client: client.noop())
    server.behave()
    server.stay_silent_on("EHLO")
    reader, writer = await asyncio.open_connection(server.host, server.port)
    assert (await reader.readline()).startswith(b"220")
    writer.write(b"EHLO me\r\n")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.1)
    writer.close()


async def exchange(server: FakeSmtpServer, sent: bytes) -> bytes:
    """All that the server says to this, until it has closed."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(sent)
    said = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return said


ENVELOPE = b"EHLO me\r\nMAIL FROM:<a@example.test> SIZE=9\r\nRCPT TO:<b@example.test> NOTIFY=NEVER\r\n"
SENT = ENVELOPE + b"DATA\r\n" + MESSAGE.replace(b"\r\n.", b"\r\n..") + b".\r\nQUIT\r\n"


async def test_pipelined_commands_with_parameters_and_a_message_in_chunks() -> None:
    async with FakeSmtpServer(extensions=ALL_EXTENSIONS) as server:
        chunks = b"BDAT %d\r\n%bBDAT 3 LAST\r\nx\r\nQUIT\r\n" % (len(MESSAGE), MESSAGE)
        assert b"3 Queued" not in await exchange(server, ENVELOPE + chunks)
        await exchange(server, SENT)
    chunked, dotted = server.messages
    assert (chunked.content, chunked.command) == (MESSAGE + b"x\r\n", "BDAT")
    assert (dotted.content, dotted.command, dotted.connection) == (MESSAGE, "DATA", 2)
    assert dotted.parameters == ["SIZE=9", "NOTIFY=NEVER"]
    assert server.copies_of("Subject: hello") == 2


async def test_a_message_is_taken_or_not_when_the_answer_is_lost() -> None:
    async with FakeSmtpServer() as server:
        for stage, taken in (("END", 0), ("TAKEN", 1)):
            server.behave()
            server.drop_on(stage)
            assert (await exchange(server, SENT)).endswith(b"354 Send it, end with a dot\r\n")
            assert len(server.messages) == taken
        server.behave()
        server.drop_in_data(after=10)
        assert (await exchange(server, SENT)).endswith(b"354 Send it, end with a dot\r\n")
        assert len(server.messages) == 1


async def test_replies_for_one_recipient_for_a_time_too_many_and_late() -> None:
    async with FakeSmtpServer(most_recipients=1) as server:
        server.reply_with("RCPT b@example.test", "451 4.2.0 Later", times=1)
        server.say_more_on("MAIL", "250 2.0.0 Surplus")
        server.delay_on("MAIL", 0.01)
        more = b"RCPT TO:<c@example.test>\r\nRCPT TO:<d@example.test>\r\nQUIT\r\n"
        said = (await exchange(server, ENVELOPE + more)).decode().splitlines()
        assert [line[:3] for line in said[-6:]] == ["250", "250", "451", "250", "452", "221"]
    async with FakeSmtpServer(forgets_pipelined=True) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(ENVELOPE + more)
        await reader.readuntil(b"Sender accepted\r\n")
        writer.write(b"QUIT\r\n")
        assert (await reader.read()).startswith(b"221")
        writer.close()
        assert "RCPT" not in server.statistics.commands()
