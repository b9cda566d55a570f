"""The protocol log of an account, as an operator turns it on and reads it: all that was said, and nothing secret."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.imap_server import FakeImapServer
from tests.fakes.smtp_server import FakeSmtpServer
from tests.flows.gateway import Gateway, imap, sooner_or_later
from tests.flows.test_truth import traces
from tests.live.dovecot import Dovecot

pytestmark = pytest.mark.asyncio(loop_scope="session")

IMAP_PASSWORD = "R3ading-Passw0rd-word"
SMTP_PASSWORD = "S3nding-Passw0rd-word"


async def log_of(gateway: Gateway, account: str) -> list[dict[str, Any]]:
    """The lines of the log, oldest first."""
    text = (await gateway.call("GET", f"/v1/logs/{account}")).body
    return [] if text.startswith("No logs found") else [json.loads(line) for line in text.splitlines()]


async def when_told(gateway: Gateway, account: str, *parts: str) -> list[dict[str, Any]]:
    """Wait until lines hold these, and return all of them."""
    lines: list[dict[str, Any]] = []

    async def so() -> bool:
        nonlocal lines
        lines = await log_of(gateway, account)
        return all(any(part in line["text"] for line in lines) for part in parts)

    await sooner_or_later(so, what=f"{parts} in the log")
    return lines


async def test_imap_and_smtp_with_real_mail(tmp_path: Path, dovecot: Dovecot) -> None:
    user = "protocol-log"
    dovecot.set_password(user, IMAP_PASSWORD)
    async with FakeSmtpServer(password=SMTP_PASSWORD) as sending, Gateway(tmp_path) as gateway:
        smtp = imap(sending, user, SMTP_PASSWORD)
        await gateway.register("a", imap(dovecot, user, IMAP_PASSWORD), email="a@example.com", smtp=smtp, logs=True)
        await gateway.reaches("a", "connected")
        dovecot.deliver(user, b"Subject: hidden-subject\r\nMessage-ID: <x@y>\r\n\r\nhidden-text\r\n")
        message = {"to": [{"address": "b@example.com"}], "subject": "hidden-too", "text": "hidden-as-well"}
        await gateway.ask("POST", f"{gateway.path('a')}/submit", message)
        lines = await when_told(gateway, "a", "EXISTS", " FETCH (", "RCPT TO:<b@example.com>", "octets of a message)")
        await sooner_or_later(lambda: _has_messages(gateway, 1))
        sent = [line["text"] for line in lines if line["kind"] == "sent"]
        assert any(text.endswith("AUTHENTICATE PLAIN ******") for text in sent), sent
        assert "AUTH PLAIN ******" in sent
        assert {line["protocol"] for line in lines} == {"imap", "smtp"}
        assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
        told = json.dumps(await log_of(gateway, "a"))
        assert "hidden" not in told
        for secret in (IMAP_PASSWORD, SMTP_PASSWORD):
            assert not [form for form in traces(secret) if form in told]
        await gateway.tell("a", "flush")
        await gateway.delete("a")
        assert await log_of(gateway, "a") == []


async def _has_messages(gateway: Gateway, count: int) -> bool:
    path = f"{gateway.path('a')}/messages?path=INBOX"
    return int((await gateway.ask("GET", path))["total"]) >= count


async def test_it_is_turned_on_and_off_while_the_account_stays_connected(
    gateway: Gateway, mail: FakeImapServer
) -> None:
    await gateway.register("switched", imap(mail, "switched"))
    before = await gateway.reaches("switched", "connected")
    assert await log_of(gateway, "switched") == []
    await gateway.put("switched", {"logs": True})
    assert (await gateway.get("switched"))["logs"] is True
    mail.append("switched", b"Subject: one\r\n\r\none\r\n")
    await when_told(gateway, "switched", "EXISTS", "FETCH")
    await gateway.put("switched", {"logs": False})
    await asyncio.sleep(0)
    assert (await gateway.get("switched"))["stateSince"] == before["stateSince"]


async def test_two_nodes_write_one_log_and_each_answers_it(
    tmp_path: Path, mail: FakeImapServer, postgres_url: str
) -> None:
    one = Gateway(tmp_path / "one", database_url=postgres_url)
    two = Gateway(tmp_path / "two", database_url=postgres_url)
    async with one:
        await one.register("a", imap(mail, "a"), logs=True)
        await one.reaches("a", "connected")
        async with two:
            first = await when_told(two, "a", "AUTHENTICATE PLAIN ******", "IDLE")
            await one.terminate()
            await two.reconnects("a")

            async def both() -> bool:
                return len({line["node"] for line in await log_of(two, "a")}) == 2

            await sooner_or_later(both, what="lines of both nodes")
            lines = await log_of(two, "a")
            assert lines[: len(first)] == first
            assert any(line["text"].startswith("ended: ") for line in lines)
