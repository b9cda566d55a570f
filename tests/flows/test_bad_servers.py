"""Mail servers on bad days: each story is about one of them, and the gateway's other accounts never notice."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.imap_server import (
    CAPABILITIES,
    GOOD,
    Behaviour,
    FakeImapServer,
    announce_huge_literal,
    answer,
    before_answer,
    bye_in_idle,
    close_after_greeting,
    cut_greeting,
    deep_parentheses,
    drop_after,
    endless_bye,
    endless_line,
    greet_with,
    inject_after_starttls,
    never_greet,
    swallow_in_idle,
)
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, events_of, imap, names_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

MEGABYTE = 2**20
IMPATIENT: dict[str, Any] = {
    "connect_timeout": "3",
    "tls_timeout": "3",
    "greeting_timeout": "2",
    "command_timeout": "3",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_gateway(tmp_path_factory: pytest.TempPathFactory, receiver: WebhookReceiver) -> AsyncIterator[Gateway]:
    """The gateway of these stories, which gives up on a silent server soon."""
    async with Gateway(tmp_path_factory.mktemp("impatient"), **IMPATIENT) as running:
        await running.post_webhooks_to(receiver.url)
        yield running


async def test_a_server_that_is_down_is_tried_less_and_less_until_it_is_back(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    await mail.stop()
    await gateway.register("down", imap(mail, "down"))
    details = await gateway.reaches("down", "connectError")
    assert (details["lastError"]["phase"], details["lastError"]["serverResponseCode"]) == ("connect", "ECONNREFUSED")
    assert details["health"] == "failing"

    async def failures() -> list[dict[str, object]]:
        return [entry for entry in await gateway.timeline("down") if entry["state"] == "connectError"]

    while len(found := await failures()) < 5:
        await asyncio.sleep(0.05)
    assert [entry["attempt"] for entry in found[:5]] == [1, 2, 3, 4, 5]
    waiting = await gateway.when("down", lambda seen: seen["nextAttempt"], "waiting")
    assert waiting["nextAttempt"] > waiting["stateSince"]
    await mail.start()
    await gateway.reaches("down", "connected")
    await eventually(lambda: "accountInitialized" in names_of(receiver, "down"))
    assert names_of(receiver, "down") == ["accountAdded", "connectError", "authenticationSuccess", "accountInitialized"]


async def test_login_accepted_then_dropped_for_ever(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    """A completed login does not reset the delay, so that the logins become rare."""
    mail.behave(drop_after("SELECT"))
    await gateway.register("dropped", imap(mail, "dropped"))
    await eventually(lambda: mail.statistics.logins >= 6)
    times = mail.statistics.times("login")
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    # From 0.1 s doubled up to 0.8 s, at least half of it; the first ones are over quickly.
    assert min(gaps[3:]) >= 0.39, gaps
    await gateway.when("dropped", lambda seen: seen["health"] != "healthy", "not healthy")
    assert "messageNew" not in names_of(receiver, "dropped")
    assert names_of(receiver, "dropped").count("authenticationSuccess") <= 2
    assert names_of(receiver, "dropped").count("connectError") <= 1


async def test_dropped_as_soon_as_it_idles(gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer) -> None:
    mail.behave(drop_after("IDLE"))
    await gateway.register("shortlived", imap(mail, "shortlived"))
    await eventually(lambda: mail.statistics.logins >= 5)
    times = mail.statistics.times("login")
    assert times[-1] - times[-2] >= 0.19
    names = names_of(receiver, "shortlived")
    assert (names.count("authenticationSuccess"), names.count("accountInitialized")) == (1, 1)
    mail.behave_now(GOOD)
    await gateway.reaches("shortlived", "connected")


_BEFORE_LOGIN: dict[str, tuple[Behaviour, str, str]] = {
    "never greets": (never_greet(), "greeting", "ETIMEDOUT"),
    "greets by half": (cut_greeting(), "greeting", "ECONNRESET"),
    "sends away": (greet_with("* BYE Server busy, try again later", then_close=True), "greeting", "UNAVAILABLE"),
    "speaks HTTP": (greet_with("HTTP/1.1 400 Bad Request", then_close=True), "greeting", "EPROTOCOL"),
    "leaves after the greeting": (close_after_greeting(), "login", "ECONNRESET"),
}


@pytest.mark.parametrize("kind", _BEFORE_LOGIN)
async def test_no_session_at_all(gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer, kind: str) -> None:
    behaviour, phase, code = _BEFORE_LOGIN[kind]
    mail.behave(behaviour)
    await gateway.register(kind, imap(mail, "u"))
    error = (await gateway.reaches(kind, "connectError"))["lastError"]
    assert (error["phase"], error["serverResponseCode"]) == (phase, code)
    assert error["response"]
    assert error["advice"]
    mail.behave(GOOD)
    await gateway.tell(kind, "reconnect")
    await gateway.reaches(kind, "connected")
    await eventually(lambda: "accountInitialized" in names_of(receiver, kind))
    assert names_of(receiver, kind) == ["accountAdded", "connectError", "authenticationSuccess", "accountInitialized"]


@pytest.mark.parametrize(("offered", "secure"), [("implicit", False), ("starttls", True)])
async def test_a_secure_that_does_not_fit_is_told_by_name(gateway: Gateway, offered: Any, secure: bool) -> None:
    async with FakeImapServer(tls=offered) as server:
        await gateway.register("wrong", imap(server, "u", secure=secure))
        error = (await gateway.reaches("wrong", "connectError"))["lastError"]
    assert error["serverResponseCode"] == ("EPLAINTEXT" if secure else "EIMPLICITTLS")
    assert f"set `imap.secure` to {str(not secure).lower()}" in error["advice"]


_IN_A_SESSION: dict[str, Behaviour] = {
    "announces 4 GB": announce_huge_literal(on="LIST"),
    "line without end": endless_line(on="SELECT"),
    "ten thousand parentheses": deep_parentheses(on="SELECT"),
    "numbers beyond all measure": before_answer(b"* 99999999999999999999999 EXISTS\r\n", on="LIST"),
    "BYE without end": endless_bye(on="LIST"),
    "unsolicited tags": before_answer(b"ZZ99 OK done\r\n", on="SELECT"),
}


_BEYOND_A_LIMIT = ("announces 4 GB", "line without end", "ten thousand parentheses")


@pytest.mark.parametrize("kind", _IN_A_SESSION)
async def test_poison_fails_one_account_and_no_other(gateway: Gateway, mail: FakeImapServer, kind: str) -> None:
    async with FakeImapServer() as good:
        await gateway.register("good neighbour", imap(good, "good"))
        await gateway.reaches("good neighbour", "connected")
        memory, processor = gateway.memory(), gateway.cpu_seconds()
        mail.behave(_IN_A_SESSION[kind])
        await gateway.register(kind, imap(mail, "u"))
        details = await gateway.when(kind, lambda seen: seen["lastError"], "failed")
        code = details["lastError"]["serverResponseCode"]
        assert code not in ("", "InternalError")
        assert (code == "ABUSE") is (kind in _BEYOND_A_LIMIT)
        if code != "ABUSE":
            await eventually(lambda: mail.statistics.connections >= 3, what="tried again")
        assert code != "ABUSE" or mail.statistics.connections == 1
        assert gateway.memory() - memory < 64 * MEGABYTE
        assert gateway.cpu_seconds() - processor < 10
        assert (await gateway.get("good neighbour"))["state"] == "connected"
        assert good.statistics.connections == 1
        mail.behave_now(GOOD)
        await gateway.tell(kind, "reconnect")
        await gateway.reaches(kind, "connected")


async def test_noise_between_answers_is_passed_over(gateway: Gateway, mail: FakeImapServer) -> None:
    mail.behave(before_answer(b"\xff\xfe\0\0) NIL {x} ((\r\n\r\n* WHAT (IS THIS)\r\n" * 20))
    await gateway.register("noise", imap(mail, "noise"))
    await gateway.reaches("noise", "connected")
    assert mail.statistics.connections == 1


async def test_bye_in_idle_means_one_new_connection(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    mail.next_connections(bye_in_idle(close=False))
    await gateway.register("bye", imap(mail, "bye"))
    await eventually(lambda: mail.statistics.connections == 2)
    await gateway.when(
        "bye", lambda seen: seen["state"] == "connected" and mail.statistics.logins == 2, "connected again"
    )
    await eventually(lambda: mail.statistics.open_connections == 1)
    assert "disconnected" in await gateway.states("bye")
    dropped = next(entry for entry in await gateway.timeline("bye") if entry["state"] == "disconnected")
    assert "Idle for too long" in dropped["cause"]
    mail.append("bye", b"Subject: still here\r\n\r\n")
    await eventually(lambda: "messageNew" in names_of(receiver, "bye"))
    assert names_of(receiver, "bye").count("authenticationSuccess") == 1


async def test_endless_bye_does_not_keep_the_processor_busy(gateway: Gateway, mail: FakeImapServer) -> None:
    mail.behave(endless_bye())
    await gateway.register("endless", imap(mail, "endless"))
    await eventually(lambda: mail.statistics.connections >= 3)
    processor = gateway.cpu_seconds()
    begun = mail.statistics.connections
    await eventually(lambda: mail.statistics.connections >= begun + 3)
    assert gateway.cpu_seconds() - processor < 2


async def test_a_peer_that_vanished_in_idle_is_noticed(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    async with FaultProxy(mail.host, mail.port) as proxy:
        await gateway.register("vanished", imap(proxy, "vanished"))
        await gateway.reaches("vanished", "connected")
        proxy.blackhole()
        await gateway.when("vanished", lambda seen: seen["state"] != "connected", "noticed", 12)
        proxy.heal()
        mail.append("vanished", b"Subject: meanwhile\r\n\r\n")
        await gateway.reaches("vanished", "connected")
    await eventually(lambda: names_of(receiver, "vanished").count("messageNew") == 1)


async def test_a_server_that_is_dead_from_idle_on(gateway: Gateway, mail: FakeImapServer) -> None:
    mail.next_connections(swallow_in_idle())
    await gateway.register("dead", imap(mail, "dead"))
    await eventually(lambda: mail.statistics.logins == 2)
    await gateway.reaches("dead", "connected")
    dropped = next(entry for entry in await gateway.timeline("dead") if entry["state"] == "disconnected")
    assert (dropped["error"]["phase"], dropped["error"]["serverResponseCode"]) == ("idle", "ETIMEDOUT")


@pytest.mark.parametrize("why", ["not offered", "refused"])
async def test_without_idle_mail_is_found_by_polling(gateway: Gateway, receiver: WebhookReceiver, why: str) -> None:
    offered = CAPABILITIES if why == "refused" else [name for name in CAPABILITIES if name != "IDLE"]
    account = f"polled: {why}"
    async with FakeImapServer(capabilities=offered) as server:
        if why == "refused":
            server.behave(answer("IDLE", tagged="BAD What is that?"))
        await gateway.register(account, imap(server, "polled"))
        await gateway.reaches(account, "connected")
        server.append("polled", b"Subject: found\r\n\r\n")
        await eventually(lambda: "messageNew" in names_of(receiver, account))
        assert events_of(receiver, account)[-1]["data"]["subject"] == "found"
        assert (await gateway.get(account))["state"] == "connected"
        assert server.statistics.connections == 1
        if why == "not offered":
            assert "IDLE" not in server.statistics.commands()
        await gateway.delete(account)


async def test_bytes_before_tls_cannot_get_the_password(gateway: Gateway) -> None:
    async with FakeImapServer(tls="starttls") as server:
        server.behave(inject_after_starttls())
        await gateway.register("injected", imap(server, "injected"))
        details = await gateway.reaches("injected", "connectError")
        assert details["lastError"]["phase"] == "tls"
        commands = server.statistics.commands()
        assert "STARTTLS" in commands
        assert not {"LOGIN", "AUTHENTICATE"} & set(commands)
        server.behave(GOOD)
        await gateway.tell("injected", "reconnect")
        details = await gateway.reaches("injected", "connected")
        assert details["server"]["tls"]
        await gateway.delete("injected")
