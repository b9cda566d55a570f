"""From a registration to a connected account and the events that tell of it, with a real mail server."""

from __future__ import annotations

import asyncio
import imaplib
import ssl
import time
from pathlib import Path

import pytest

from tests.fakes.certificates import server_certificate
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, events_of, imap, names_of
from tests.live.dovecot import Dovecot

pytestmark = pytest.mark.asyncio(loop_scope="session")

BIRTH = ["accountAdded", "authenticationSuccess", "accountInitialized"]
LETTER = b"From: Ann <ann@example.test>\r\nTo: u@example.test\r\nSubject: %s\r\nMessage-ID: <%s@x>\r\n\r\nHello\r\n"


def letter(subject: str) -> bytes:
    return LETTER % (subject.encode(), subject.replace(" ", ".").encode())


async def deliver(dovecot: Dovecot, user: str, subject: str) -> None:
    await asyncio.to_thread(dovecot.deliver, user, letter(subject))


def deliver_an_hour_ago(dovecot: Dovecot, user: str, subject: str) -> None:
    with dovecot.side_door(user) as session:
        session.append("INBOX", "", imaplib.Time2Internaldate(time.time() - 3600), letter(subject))


@pytest.mark.parametrize("protection", ["STARTTLS", "TLS"])
async def test_an_account_connects_and_says_so_in_order(
    gateway: Gateway, receiver: WebhookReceiver, dovecot: Dovecot, protection: str
) -> None:
    user = f"birth-{protection}@example.test".lower()
    block = imap(dovecot, user, secure=protection == "TLS")
    if protection == "TLS":
        block["port"] = dovecot.tls_port
    assert await gateway.register(user, block) == {"account": user, "state": "init", "created": True}
    details = await gateway.reaches(user, "connected")
    await eventually(lambda: len(names_of(receiver, user)) >= 3, what="three events")
    assert names_of(receiver, user) == BIRTH
    assert await gateway.states(user) == ["init", "connecting", "syncing", "connected"]
    assert (details["health"], details["connections"], details["lastError"]) == ("healthy", 1, None)
    assert details["server"]["tls"].startswith("TLSv1.")
    assert details["syncTime"] > 0
    assert "IDLE" in details["server"]["capabilities"]


async def test_without_any_encryption_on_the_same_machine(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    await gateway.register("plain", imap(mail, "plain"))
    details = await gateway.reaches("plain", "connected")
    await eventually(lambda: names_of(receiver, "plain") == BIRTH)
    assert "tls" not in details["server"]


async def test_new_mail_is_announced(gateway: Gateway, receiver: WebhookReceiver, dovecot: Dovecot) -> None:
    user = "reader@example.test"
    await asyncio.to_thread(deliver_an_hour_ago, dovecot, user, "from before")
    await gateway.register(user, imap(dovecot, user))
    await gateway.reaches(user, "connected")
    await deliver(dovecot, user, "good news")
    await eventually(lambda: "messageNew" in names_of(receiver, user), what="messageNew")
    await deliver(dovecot, user, "more of it")
    await eventually(lambda: names_of(receiver, user).count("messageNew") == 2, what="the second messageNew")
    news = [event for event in events_of(receiver, user) if event["event"] == "messageNew"]
    assert [event["data"]["subject"] for event in news] == ["good news", "more of it"]
    assert [event["data"]["uid"] for event in news] == [2, 3]
    first = news[0]
    assert (first["path"], first["data"]["messageId"], first["data"]["from"]["address"]) == (
        "INBOX",
        "<good.news@x>",
        "ann@example.test",
    )
    assert len({event["data"]["id"] for event in news}) == 2
    assert (await gateway.get(user))["counters"]["received"] == 2


async def test_mail_since_a_date_in_the_past(gateway: Gateway, receiver: WebhookReceiver, dovecot: Dovecot) -> None:
    user = "since@example.test"
    await deliver(dovecot, user, "already there")
    await gateway.register(user, imap(dovecot, user), notifyFrom="2020-01-01T00:00:00.000Z")
    await gateway.reaches(user, "connected")
    await eventually(lambda: "messageNew" in names_of(receiver, user), what="messageNew")
    await eventually(lambda: "accountInitialized" in names_of(receiver, user), what="accountInitialized")
    assert names_of(receiver, user).count("messageNew") == 1


STRANGE_PASSWORDS: dict[str, str] = {
    "quotes": 'a"b""c',
    "backslashes": "a\\b\\\\",
    "spaces": " a b ",
    "braces": "{5}\x7f(a%*]",
    "umlauts": "Grüße-Ω-漢字-😀",
}


@pytest.mark.parametrize("kind", STRANGE_PASSWORDS)
async def test_passwords_of_any_characters(gateway: Gateway, dovecot: Dovecot, kind: str) -> None:
    user = f"{kind}@example.test"
    dovecot.set_password(user, STRANGE_PASSWORDS[kind])
    await gateway.register(user, imap(dovecot, user, STRANGE_PASSWORDS[kind]))
    await gateway.reaches(user, "connected")
    assert "authenticationError" not in await gateway.states(user)


@pytest.mark.parametrize("field", ["user", "pass"])
@pytest.mark.parametrize("breaking", ["\r\n", "\n", "\r", "\0"])
async def test_a_line_break_in_credentials_is_refused(
    gateway: Gateway, mail: FakeImapServer, field: str, breaking: str
) -> None:
    auth = {"user": "u", "pass": "p", field: f"x{breaking}a1 DELETE INBOX"}
    body: dict[str, object] = {"account": "broken", "name": "B", "imap": imap(mail, "u", auth=auth)}
    answer = await gateway.call("POST", "/v1/account", body)
    assert answer.status == 400
    assert [each["key"] for each in answer.body["fields"]] == [f"imap.auth.{field}"]
    assert (await gateway.call("GET", "/v1/account/broken")).status == 404


async def test_the_certificate_must_be_trusted(gateway: Gateway, tmp_path: Path) -> None:
    """A server whose authority nobody named is refused before anything secret is sent."""
    strange = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    expired = server_certificate(valid_days=-5)
    certificate, key, _ = expired.write(tmp_path)
    strange.load_cert_chain(certificate, key)
    async with FakeImapServer(tls="implicit") as server:
        server._tls_context = strange
        await server.stop()
        await server.start()
        await gateway.register("untrusting", imap(server, "u", secure=True))
        details = await gateway.reaches("untrusting", "connectError")
        assert server.statistics.logins == 0
    assert (details["lastError"]["phase"], details["lastError"]["serverResponseCode"]) == ("tls", "ECERTEXPIRED")
    assert "certificate" in details["lastError"]["advice"]
