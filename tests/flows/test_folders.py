"""Folders besides the one that is held open: what happens in them is told within moments."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, events_of, imap, sooner_or_later
from tests.live.dovecot import Dovecot, DovecotOptions, capabilities_without

pytestmark = [pytest.mark.dovecot, pytest.mark.asyncio(loop_scope="session")]

SOON = 10.0
"""Seconds; a round over the folders comes once a minute at most, so what is told sooner was told without one."""


@pytest_asyncio.fixture(loop_scope="session")
async def without_notify() -> AsyncIterator[Dovecot]:
    """A Dovecot that tells news of the open folder only."""
    async with Dovecot(DovecotOptions(imap_capability=capabilities_without("NOTIFY"))) as server:
        yield server


async def told(receiver: WebhookReceiver, account: str, subject: str) -> None:
    async def arrived() -> bool:
        news = [event["data"] for event in events_of(receiver, account) if event["event"] == "messageNew"]
        return any(message["subject"] == subject for message in news)

    await sooner_or_later(arrived, SOON, f"{subject} announced")


async def test_notify_tells_of_every_folder(gateway: Gateway, receiver: WebhookReceiver, dovecot: Dovecot) -> None:
    dovecot.deliver("notified", b"Subject: before\r\n\r\nx\r\n", "Work")
    await gateway.register("notified", imap(dovecot, "notified"))
    details = await gateway.reaches("notified", "connected")
    dovecot.deliver("notified", b"Subject: after\r\n\r\nx\r\n", "Work")
    await told(receiver, "notified", "after")
    dovecot.deliver("notified", b"Subject: in a new folder\r\n\r\nx\r\n", "Projects")
    await told(receiver, "notified", "in a new folder")
    assert "mailboxNew" in [event["event"] for event in events_of(receiver, "notified")]
    later = await gateway.get("notified")
    assert later["syncTime"] > details["syncTime"]
    assert later["connections"] == 1


async def test_a_subconnection_tells_of_its_folder(
    gateway: Gateway, receiver: WebhookReceiver, without_notify: Dovecot
) -> None:
    server = without_notify
    server.deliver("sub", b"Subject: before\r\n\r\nx\r\n", "Work")
    await gateway.register("sub", imap(server, "sub"), subconnections=["Work", "no such folder"])
    await gateway.reaches("sub", "connected")
    await gateway.when("sub", lambda details: details["connections"] == 2, "two connections")
    server.deliver("sub", b"Subject: after\r\n\r\nx\r\n", "Work")
    await told(receiver, "sub", "after")
    server.kill_connections("sub", abruptly=True)
    await gateway.when("sub", lambda details: details["connections"] == 2, "two connections again")
    server.deliver("sub", b"Subject: after the break\r\n\r\nx\r\n", "Work")
    await told(receiver, "sub", "after the break")


async def test_a_sync_on_request_looks_everywhere(
    gateway: Gateway, receiver: WebhookReceiver, without_notify: Dovecot
) -> None:
    server = without_notify
    server.deliver("asked", b"Subject: before\r\n\r\nx\r\n", "Work")
    await gateway.register("asked", imap(server, "asked"))
    await gateway.reaches("asked", "connected")
    begun = time.monotonic()
    server.deliver("asked", b"Subject: after\r\n\r\nx\r\n", "Work")
    await gateway.tell("asked", "sync", sync=True)
    await told(receiver, "asked", "after")
    assert time.monotonic() - begun < SOON
