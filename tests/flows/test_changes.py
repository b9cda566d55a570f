"""What is changed over the API is announced once, soon, as if another mail program had done it."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import PATIENCE, Gateway, events_of, imap
from tests.live.dovecot import Dovecot, DovecotOptions, capabilities_without

pytestmark = [pytest.mark.dovecot, pytest.mark.asyncio(loop_scope="session")]

_users = (f"changed-{n}@example.test" for n in itertools.count())
_SERVERS = {
    "notify": DovecotOptions(),
    # The folders beside INBOX are asked about every ten minutes, or when a hint says that something happened there.
    "hinted": DovecotOptions(imap_capability=capabilities_without("NOTIFY")),
    "copying": DovecotOptions(imap_capability=capabilities_without("NOTIFY", "MOVE")),
}


@pytest_asyncio.fixture(loop_scope="session", params=_SERVERS)
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Dovecot]:
    """A Dovecot of each kind."""
    async with Dovecot(_SERVERS[request.param]) as running:
        yield running


async def test_what_is_changed_over_the_api_is_announced_once(
    gateway: Gateway, server: Dovecot, receiver: WebhookReceiver
) -> None:
    user = next(_users)
    with server.side_door(user) as session:
        for name in ("Archive", "Trash"):
            session.create(name)
    await gateway.register(user, imap(server, user))
    await gateway.reaches(user, "connected")
    server.deliver(user, b"Message-ID: <1@example.com>\r\nSubject: S\r\n\r\nhello\r\n")

    def told(name: str) -> list[dict[str, Any]]:
        return [each["data"] for each in events_of(receiver, user) if each["event"] == name]

    await eventually(lambda: told("messageNew"), PATIENCE, what="the message")
    id_ = told("messageNew")[0]["id"]
    path = gateway.path(user)

    began = time.monotonic()
    await gateway.ask("PUT", f"{path}/message/{id_}", {"flags": {"add": ["\\Seen"]}})
    await eventually(lambda: told("messageUpdated"), PATIENCE, what="the flag")
    print(f"flag announced after {time.monotonic() - began:.3f} s")
    assert told("messageUpdated")[0]["changes"]["flags"]["added"] == ["\\Seen"]

    began = time.monotonic()
    moved = await gateway.ask("PUT", f"{path}/message/{id_}/move", {"path": "\\Archive"})
    await eventually(lambda: told("messageMoved"), PATIENCE, what="the move")
    print(f"move announced after {time.monotonic() - began:.3f} s")
    assert [(each["previous"]["id"], each["id"]) for each in told("messageMoved")] == [(id_, moved["id"])]

    # A flag in a folder that is not open anywhere.
    began = time.monotonic()
    await gateway.ask("PUT", f"{path}/message/{moved['id']}", {"flags": {"add": ["\\Flagged"]}})
    await eventually(
        lambda: any(each["id"] == moved["id"] for each in told("messageUpdated")), PATIENCE, what="the flag elsewhere"
    )
    print(f"flag elsewhere announced after {time.monotonic() - began:.3f} s")

    deleted = await gateway.ask("DELETE", f"{path}/message/{moved['id']}")
    kept = deleted["moved"]["message"]
    await eventually(lambda: len(told("messageMoved")) > 1, PATIENCE, what="the message in the trash")
    await gateway.ask("DELETE", f"{path}/message/{kept}")
    await eventually(lambda: told("messageDeleted"), PATIENCE, what="the end of it")

    # A full sync finds nothing that was not told.
    before = (await gateway.get(user))["syncTime"]
    await gateway.tell(user, "sync")
    await gateway.when(user, lambda details: details["syncTime"] != before, "synced")
    assert [each["id"] for each in told("messageDeleted")] == [kept]
    assert [each["id"] for each in told("messageNew")] == [id_]
    assert [each["id"] for each in told("messageMoved")] == [moved["id"], kept]
    # Without MOVE a copy is made and the message is marked as deleted. The sync may see the mark, and that it is gone.
    flags = [each["changes"]["flags"].get("added") for each in told("messageUpdated")]
    assert [each for each in flags if each not in (["\\Deleted"], None)] == [["\\Seen"], ["\\Flagged"]]
