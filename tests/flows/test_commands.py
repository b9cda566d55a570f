"""What a user may tell an account to do, from whatever state it is in."""

from __future__ import annotations

import asyncio
import datetime
import itertools

import pytest

from tests.fakes.imap_server import FakeImapServer, never_answer, never_greet, refuse_login
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, events_of, imap, names_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


_numbers = itertools.count(1)


async def brought_into(gateway: Gateway, mail: FakeImapServer, state: str) -> str:
    """An account in this state; the server behaves well again afterwards."""
    account = f"{state}-{next(_numbers)}"
    block = imap(mail, account)
    if state == "connecting":
        mail.next_connections(never_greet())
    elif state == "syncing":
        mail.next_connections(never_answer("LIST"))
    elif state == "authenticationError":
        mail.next_connections(refuse_login())
    elif state == "connectError":
        await mail.stop()
    elif state == "unset":
        block["disabled"] = True
    await gateway.register(account, block)
    if state == "disconnected":
        await gateway.reaches(account, "connected")
        await gateway.tell(account, "disconnect")
    await gateway.reaches(account, state)
    if state == "connectError":
        await mail.start()
    return account


_STATES = ["connecting", "syncing", "connected", "authenticationError", "connectError", "disconnected"]


@pytest.mark.parametrize("state", _STATES)
async def test_reconnect_from_every_state(gateway: Gateway, mail: FakeImapServer, state: str) -> None:
    account = await brought_into(gateway, mail, state)
    before = mail.statistics.connections
    assert await gateway.tell(account, "reconnect") == {"success": True, "reconnect": True, "account": account}
    await eventually(lambda: mail.statistics.connections > before, what="a new connection")
    await gateway.reaches(account, "connected")
    await eventually(lambda: mail.statistics.open_connections == 1, what="one connection in the end")


@pytest.mark.parametrize("state", [*_STATES, "unset"])
async def test_disconnect_from_every_state_holds(gateway: Gateway, mail: FakeImapServer, state: str) -> None:
    account = await brought_into(gateway, mail, state)
    await gateway.tell(account, "disconnect")
    await gateway.when(account, lambda seen: (seen["state"], seen["health"]) == ("disconnected", "stopped"), "stopped")
    await eventually(lambda: mail.statistics.open_connections == 0, what="no connection")
    held = mail.statistics.connections
    # Other changes do not wake it.
    await gateway.put(
        account, {"name": "Another name", "imap": {"partial": True, "auth": {"user": "x", "pass": "pass"}}}
    )
    await gateway.when(account, lambda seen: seen["name"] == "Another name", "renamed")
    assert (await gateway.get(account))["state"] == "disconnected"
    assert (mail.statistics.connections, (await gateway.get(account))["nextAttempt"]) == (held, None)


async def test_disabled_settings_are_kept_without_connecting(gateway: Gateway, mail: FakeImapServer) -> None:
    account = await brought_into(gateway, mail, "connected")
    await gateway.put(account, {"imap": {"partial": True, "disabled": True}})
    details = await gateway.reaches(account, "unset")
    assert (details["health"], details["imap"]["host"], details["imap"]["disabled"]) == ("stopped", mail.host, True)
    await eventually(lambda: mail.statistics.open_connections == 0)
    await gateway.tell(account, "reconnect")
    await gateway.put(account, {"imap": {"partial": True, "disabled": False}})
    await gateway.reaches(account, "connected")


async def test_a_send_only_account_connects_nowhere(gateway: Gateway, receiver: WebhookReceiver) -> None:
    async with FakeSmtpServer() as smtp:
        block = {"host": smtp.host, "port": smtp.port, "auth": {"user": "s", "pass": "pass"}}
        await gateway.register("sender", smtp=block, imap=False)
        details = await gateway.reaches("sender", "unset")
    assert (details["type"], details["sendOnly"]) == ("sending", True)
    await eventually(lambda: names_of(receiver, "sender") == ["accountAdded"])


async def test_flush_forgets_and_begins_again(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    old = mail.append("flushed", b"Subject: one\r\n\r\n1")
    old.received -= datetime.timedelta(hours=1)
    await gateway.register("flushed", imap(mail, "flushed"), notifyFrom="2020-01-01T00:00:00Z")
    await gateway.reaches("flushed", "connected")
    await eventually(lambda: names_of(receiver, "flushed").count("messageNew") == 1)
    before = len(await gateway.timeline("flushed"))

    await gateway.tell("flushed", "flush", flush=True, notifyFrom="2021-01-01T00:00:00Z")
    await eventually(lambda: names_of(receiver, "flushed").count("accountInitialized") == 2)
    await gateway.reaches("flushed", "connected")
    assert (await gateway.states("flushed"))[before:] == ["paused", "connecting", "syncing", "connected"]
    await eventually(lambda: names_of(receiver, "flushed").count("messageNew") == 2, what="announced again")

    # Without a date nothing old is announced.
    await gateway.tell("flushed", "flush", flush=True)
    await eventually(lambda: names_of(receiver, "flushed").count("accountInitialized") == 3)
    mail.append("flushed", b"Subject: two\r\n\r\n2")
    await eventually(lambda: names_of(receiver, "flushed").count("messageNew") >= 3)
    subjects = [each["data"]["subject"] for each in events_of(receiver, "flushed") if each["event"] == "messageNew"]
    assert subjects == ["one", "one", "two"]
    assert (await gateway.get("flushed"))["notifyFrom"] > "2021-01-02"


async def test_sync_reads_everything_again_over_the_same_connection(gateway: Gateway, mail: FakeImapServer) -> None:
    account = await brought_into(gateway, mail, "connected")
    lists = mail.statistics.commands().count("LIST")
    assert (await gateway.tell(account, "sync", sync=True))["success"] is True
    await eventually(lambda: mail.statistics.commands().count("LIST") > lists)
    assert mail.statistics.connections == 1


async def test_sync_without_a_connection_is_no_success(gateway: Gateway, mail: FakeImapServer) -> None:
    account = await brought_into(gateway, mail, "authenticationError")
    answer = await gateway.call("PUT", f"{gateway.path(account)}/sync", {"sync": True})
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.body["state"] == "authenticationError"


async def test_ten_reconnects_at_once_end_in_one_connection(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    account = await brought_into(gateway, mail, "connected")
    await asyncio.gather(*(gateway.tell(account, "reconnect") for _ in range(10)))
    await eventually(lambda: mail.statistics.connections >= 2)
    await gateway.reaches(account, "connected")
    await eventually(lambda: mail.statistics.open_connections == 1)
    await gateway.when(account, lambda seen: seen["state"] == "connected", "connected")
    assert mail.statistics.connections <= 12
    assert mail.statistics.most_open_connections <= 2
    assert names_of(receiver, account).count("accountInitialized") == 1
    assert names_of(receiver, account).count("authenticationSuccess") == 1


async def test_deleted_while_it_connects(gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer) -> None:
    mail.behave(never_greet())
    await gateway.register("unborn", imap(mail, "unborn"))
    await eventually(lambda: mail.statistics.open_connections == 1)
    assert await gateway.delete("unborn") == {"success": True, "account": "unborn", "deleted": True}
    await eventually(lambda: mail.statistics.open_connections == 0, what="the connection is closed")
    assert (await gateway.call("GET", gateway.path("unborn"))).status == 404
    await eventually(lambda: "accountDeleted" in names_of(receiver, "unborn"))
    # A neighbour lives on, so the gateway had every occasion to try the dead account again.
    mail.behave()
    await gateway.register("neighbour", imap(mail, "neighbour"))
    await gateway.reaches("neighbour", "connected")
    assert names_of(receiver, "unborn") == ["accountAdded", "accountDeleted"]
    assert mail.statistics.logins == 1


async def test_made_again_under_the_same_id_at_once(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    await gateway.register("phoenix", imap(mail, "old"))
    await gateway.reaches("phoenix", "connected")
    await eventually(lambda: len(names_of(receiver, "phoenix")) == 3)
    for _ in range(5):
        await gateway.delete("phoenix")
        await gateway.register("phoenix", imap(mail, "new"))
    await gateway.reaches("phoenix", "connected")
    await eventually(lambda: mail.statistics.open_connections == 1)
    assert {session.user for session in mail.world.sessions} == {"new"}
    mail.append("old", b"Subject: for nobody\r\n\r\n")
    mail.append("new", b"Subject: for the new one\r\n\r\n")
    await eventually(lambda: names_of(receiver, "phoenix")[-1] == "messageNew")
    names = names_of(receiver, "phoenix")
    # What waited to be told of an account that is gone is not told, but its end always is, and in its turn.
    assert names.count("accountDeleted") == 5
    assert names[-4:] == ["accountAdded", "authenticationSuccess", "accountInitialized", "messageNew"]
    assert names.count("messageNew") == 1


async def test_concurrent_changes_are_all_kept(gateway: Gateway, mail: FakeImapServer) -> None:
    account = await brought_into(gateway, mail, "connected")
    changes: list[dict[str, object]] = [
        {"name": "Named"},
        {"email": "named@example.test"},
        {"syncFrom": "2024-01-01T00:00:00.000Z"},
        {"smtp": {"host": "127.0.0.1", "port": 25, "auth": {"user": "u", "pass": "p"}}},
        {"imap": {"partial": True, "sentMailPath": "Sent"}},
        {"imap": {"partial": True, "trashMailPath": "Trash"}},
    ]
    await asyncio.gather(*(gateway.put(account, change) for change in changes))
    details = await gateway.get(account)
    assert (details["name"], details["email"], details["smtp"]["port"]) == ("Named", "named@example.test", 25)
    assert (details["imap"]["sentMailPath"], details["imap"]["trashMailPath"]) == ("Sent", "Trash")
    assert details["syncFrom"] == "2024-01-01T00:00:00.000Z"
    etag = (await gateway.call("GET", gateway.path(account))).headers["ETag"]
    first, second = await asyncio.gather(
        *(
            gateway.call("PUT", gateway.path(account), {"name": name}, headers={"If-Match": etag})
            for name in ("Won", "Lost")
        )
    )
    assert sorted((first.status, second.status)) == [200, 412]
    await gateway.reaches(account, "connected")
    await eventually(lambda: mail.statistics.open_connections == 1)
