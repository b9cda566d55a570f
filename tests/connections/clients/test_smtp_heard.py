"""A whole SMTP session with somebody listening: all of it is written down, and nothing that is secret."""

from __future__ import annotations

import base64

import pytest

from postroom.connections.clients.smtp_client import open_smtp
from postroom.connections.clients.smtp_heard import HeardSmtp
from postroom.connections.failures import SignInRefused
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets.endpoint import Endpoint, TlsMode
from postroom.connections.transcripts.tap import NO_TAP, SpokenLine, Tap
from postroom.imap.credentials import Credentials
from tests.connections.imap_opening import QUICK
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.strangers import leaks

PASSWORD = "a-password-of-some-length"
LONG = 20.0


@pytest.mark.parametrize("tls", [None, "starttls"])
async def test_everything_up_to_quit_is_heard(tls: TlsMode | None) -> None:
    kept: list[SpokenLine] = []
    way: TlsMode = "none-ok"
    async with FakeSmtpServer(tls="starttls" if tls else None, password=PASSWORD) as server:
        endpoint = Endpoint("localhost", server.port, way, verify=False)
        session = await open_smtp(
            endpoint,
            Credentials("u1", PASSWORD),
            QUICK,
            "me.example",
            lookups=LOCALHOST,
            tap=Tap("a1", True, kept.append),
        )
        assert isinstance(session.client, HeardSmtp)
        line = session.take_over()
        line.write(b"MAIL FROM:<a@b.c>\r\n", replies=1)
        await line.reply(LONG)
        line.write(b"RCPT TO:<d@e.f>\r\n", replies=1)
        await line.reply(LONG)
        line.write(b"DATA\r\n", replies=1)
        await line.reply(LONG)
        line.write(b"Subject: hidden-subject\r\n\r\nhidden-text\r\n")
        line.write(b".\r\n", replies=1)
        await line.reply(LONG)
        await session.leave()
        assert server.messages[0].content.endswith(b"hidden-text\r\n")
    sent = [line.text for line in kept if line.kind == "sent"]
    assert sent[0] == "EHLO me.example"
    assert sent[-6:] == [
        "AUTH PLAIN ******",
        "MAIL FROM:<a@b.c>",
        "RCPT TO:<d@e.f>",
        "DATA",
        "(43 octets of a message)",
        "QUIT",
    ]
    received = [line.text for line in kept if line.kind == "received"]
    assert received[0].startswith("220 ")
    assert [text[:3] for text in received[-6:]] == ["235", "250", "250", "354", "250", "221"]
    notes = [line.text for line in kept if line.kind == "note"]
    assert notes[0].startswith("connected to 127.0.0.1:")
    assert any(note.startswith("encrypted with TLSv1") for note in notes) == (tls is not None)
    told = "\n".join(line.text for line in kept)
    assert "hidden" not in told
    assert leaks(told, PASSWORD) == []


@pytest.mark.parametrize("is_token", [False, True])
async def test_a_refusal_that_repeats_what_was_sent_is_withheld(is_token: bool) -> None:
    kept: list[SpokenLine] = []
    credentials = Credentials("u1", access_token=PASSWORD) if is_token else Credentials("u1", PASSWORD)
    async with FakeSmtpServer(password="another") as server:
        server.reply_with("AUTH", f"535 5.7.8 No {base64.b64encode(PASSWORD.encode()).decode()}")
        endpoint = Endpoint("localhost", server.port, "none-ok")
        with pytest.raises(SignInRefused):
            await open_smtp(endpoint, credentials, QUICK, "me", lookups=LOCALHOST, tap=Tap("a1", True, kept.append))
    told = "\n".join(line.text for line in kept)
    assert "AUTH " in told
    assert leaks(told, PASSWORD) == []
    assert kept[-1].kind == "note"
    assert kept[-1].text.startswith("ended: ")


async def test_nobody_listens_by_default() -> None:
    async with FakeSmtpServer() as server:
        session = await open_smtp(
            Endpoint("localhost", server.port, "none-ok"),
            Credentials("u1", "pass"),
            QUICK,
            "me",
            lookups=LOCALHOST,
            tap=NO_TAP,
        )
        assert not isinstance(session.client, HeardSmtp)
        await session.leave()
