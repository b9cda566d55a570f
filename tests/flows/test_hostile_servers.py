"""Mail servers that want to hurt: each hurts its own account, and the neighbours in the same process get their mail."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import pytest
import pytest_asyncio

from tests.fakes.imap.hostile import flood, half_a_literal, once
from tests.fakes.imap_server import GOOD, Behaviour, FakeImapServer, endless_line
from tests.fakes.slowness import processor_seconds
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import PATIENCE, Gateway, events_of, imap, sooner_or_later
from tests.flows.loop_probe import LoopProbe

pytestmark = pytest.mark.asyncio(loop_scope="session")

MIB = 2**20
MOST_GROWTH = 64 * MIB
LONGEST_TURN = processor_seconds(0.2)
"""Seconds of processor time. 0.1 is the aim; caches that are cold on a busy machine take up to as much again."""

_NUMBERS = itertools.count()
NEIGHBOURS = ("neighbour 1", "neighbour 2")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def probe(tmp_path_factory: pytest.TempPathFactory) -> LoopProbe:
    """How long the turns of the gateway's loop take."""
    return LoopProbe(tmp_path_factory.mktemp("probe"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_gateway(
    tmp_path_factory: pytest.TempPathFactory, receiver: WebhookReceiver, probe: LoopProbe
) -> AsyncIterator[Gateway]:
    """A gateway with the probe in it."""
    async with Gateway(tmp_path_factory.mktemp("hostile"), probe, log_level="info") as running:
        await running.post_webhooks_to(receiver.url)
        yield running


@dataclass
class Neighbourhood:
    """Two well-behaved servers, with an account each, and what became of the gateway while a third one misbehaved."""

    gateway: Gateway
    receiver: WebhookReceiver
    probe: LoopProbe
    servers: tuple[FakeImapServer, ...]
    sent: int = 0
    slowest: float = 0.0
    since: float = 0.0
    memory: int = 0
    most_growth: int = MOST_GROWTH

    async def __aenter__(self) -> Self:
        """Begin to look."""
        self.gateway.forget_peak_memory()
        self.memory, self.since = self.gateway.memory(), time.monotonic()
        return self

    async def __aexit__(self, *_: object) -> None:
        """The neighbours get mail to the end, and the process has stayed within its limits."""
        await self.deliver()
        turn = self.probe.longest(self.since)
        growth = self.gateway.peak_memory() - self.memory
        print(
            f"longest turn {turn.thread * 1000:.0f} ms (process {turn.process * 1000:.0f} ms), "
            f"growth {growth / MIB:.0f} MiB, {self.sent} messages, slowest webhook {self.slowest * 1000:.0f} ms, "
            f"{time.monotonic() - self.since:.1f} s"
        )
        assert turn.thread < LONGEST_TURN
        assert turn.process < 2 * LONGEST_TURN
        assert growth < self.most_growth

    async def deliver(self) -> None:
        """Send both neighbours a message, and wait for the webhooks."""
        number = next(_NUMBERS)
        subjects = {f"{account}, message {number}": account for account in NEIGHBOURS}
        self.sent += 1
        begun = time.monotonic()
        for server, (subject, account) in zip(self.servers, subjects.items(), strict=True):
            server.append(account, f"Subject: {subject}\r\n\r\nhello".encode())

        async def arrived() -> bool:
            events = [event for account in NEIGHBOURS for event in events_of(self.receiver, account)]
            return subjects.keys() <= {event["data"].get("subject") for event in events}

        await sooner_or_later(arrived, what="the neighbours' mail")
        self.slowest = max(self.slowest, time.monotonic() - begun)


@pytest_asyncio.fixture(loop_scope="session")
async def neighbourhood(gateway: Gateway, receiver: WebhookReceiver, probe: LoopProbe) -> AsyncIterator[Neighbourhood]:
    """The neighbours, connected."""
    async with AsyncExitStack() as stack:
        servers = tuple([await stack.enter_async_context(FakeImapServer()) for _ in NEIGHBOURS])
        for server, account in zip(servers, NEIGHBOURS, strict=True):
            await gateway.register(account, imap(server, account))
        for account in NEIGHBOURS:
            await gateway.reaches(account, "connected")
        yield Neighbourhood(gateway, receiver, probe, servers)
        for account in NEIGHBOURS:
            assert (await gateway.get(account))["state"] == "connected"
            assert servers[NEIGHBOURS.index(account)].statistics.connections == 1
            await gateway.delete(account)


# The first FETCH asks for the messages from UID 2 on.
ATTACKS: dict[str, Behaviour] = {
    "a line without end": endless_line(on="SELECT"),
    "EXISTS without end in IDLE": flood("IDLE", b"* 1 EXISTS\r\n"),
    "EXISTS without end after login": flood("NAMESPACE", b"* 1 EXISTS\r\n"),
    "folders without end in LIST": flood("LIST", b'* LIST () "/" a\r\n'),
    "large messages without end in FETCH": flood(
        "UID FETCH", b"* 1 FETCH (UID 2 FLAGS () BODY[HEADER] {200000}\r\n" + b"x" * 200_000 + b")\r\n"
    ),
    "numbers without end in SEARCH": flood("UID SEARCH", b" 7", first=b"* SEARCH"),
    "blank lines before the greeting": flood("CONNECT", b"\r\n"),
    "empty literals": flood("UID FETCH", b" {0}\r\n", first=b"* 1 FETCH (X ("),
    "items again and again": flood("UID FETCH", b"* 1 FETCH (UID 2 X (" + b"aa " * 200_000 + b"))\r\n"),
    "addresses": flood(
        "UID FETCH",
        b"* 1 FETCH (UID 2 ENVELOPE (NIL NIL (" + b'("" NIL "a" "b")' * 20_000 + b") NIL NIL NIL NIL NIL NIL NIL))\r\n",
    ),
    "parts": flood(
        "UID FETCH",
        b"* 1 FETCH (UID 2 BODYSTRUCTURE (" + b'("t" "p" NIL NIL NIL "7bit" 1)' * 20_000 + b' "mixed"))\r\n',
    ),
    "flags of one message": flood(
        "UID FETCH", b"* 1 FETCH (UID 2 FLAGS (" + b"".join(b"f%d " % at for at in range(100_000)) + b"))\r\n"
    ),
}
"""What each of them does. The session has to end with the verdict ABUSE."""


@pytest.mark.parametrize("attack", ATTACKS)
async def test_neighbours_get_their_mail_and_the_attacker_its_verdict(
    gateway: Gateway, neighbourhood: Neighbourhood, mail: FakeImapServer, attack: str
) -> None:
    mail.behave(ATTACKS[attack])
    mail.append("victim", b"Subject: bait\r\n\r\nhello")
    async with neighbourhood:
        await gateway.register("victim", imap(mail, "victim"))
        details = await _judged(gateway, neighbourhood)
        assert details["lastError"]["serverResponseCode"] == "ABUSE"
        assert "The server sent more than" in details["lastError"]["response"]
        next_attempt, failed_at = map(datetime.fromisoformat, (details["nextAttempt"], details["stateSince"]))
        assert next_attempt - failed_at > timedelta(minutes=9)
    mail.behave_now(GOOD)
    await gateway.tell("victim", "reconnect")
    await gateway.reaches("victim", "connected")


async def _judged(gateway: Gateway, neighbourhood: Neighbourhood) -> dict[str, Any]:
    """The account once its server is found out; the neighbours get mail all the while."""
    deadline = time.monotonic() + 2 * PATIENCE
    while time.monotonic() < deadline:
        details: dict[str, Any] = await gateway.get("victim")
        if details["lastError"]:
            return details
        await neighbourhood.deliver()
    raise AssertionError(f"not found out: {details}")


async def test_many_halves_of_large_literals_share_one_budget(
    gateway: Gateway, neighbourhood: Neighbourhood, mail: FakeImapServer
) -> None:
    victims = [f"victim {number}" for number in range(20)]
    mail.behave(half_a_literal("UID FETCH", 40 * MIB))
    neighbourhood.most_growth = 160 * MIB
    async with neighbourhood:
        for victim in victims:
            mail.append(victim, b"Subject: bait\r\n\r\nhello")
            await gateway.register(victim, imap(mail, victim))
        while mail.statistics.count("command", "UID FETCH") < len(victims):
            await neighbourhood.deliver()
        for _ in range(5):
            await neighbourhood.deliver()


async def test_a_folder_of_a_hundred_thousand_messages_may_be_emptied_in_idle(
    gateway: Gateway, neighbourhood: Neighbourhood, mail: FakeImapServer
) -> None:
    mail.behave(once(flood("IDLE", b"* 1 EXPUNGE\r\n", times=100_000)))
    async with neighbourhood:
        await gateway.register("victim", imap(mail, "victim"))
        await gateway.reaches("victim", "connected")
        while mail.statistics.count("command", "IDLE") < 2:
            await neighbourhood.deliver()
        assert (await gateway.get("victim"))["state"] == "connected"
    assert mail.statistics.connections == 1
