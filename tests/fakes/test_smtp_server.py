"""The small SMTP server, seen with smtplib."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.fakes.smtp_server import FakeSmtpServer
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
