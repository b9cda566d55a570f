"""kill -9 at any moment, and up again: no account is lost, nothing is announced twice, no mail goes unannounced."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.imap_server import FakeImapServer, refuse_login
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, events_of, imap, names_by_account, names_of, sooner_or_later

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANY = [f"many{number:02}" for number in range(50)]
ONCE = ("accountAdded", "authenticationSuccess", "accountInitialized")


async def total(gateway: Gateway, state: str) -> int:
    return int((await gateway.ask("GET", f"/v1/accounts?state={state}&pageSize=1"))["total"])


async def all_connected(gateway: Gateway, mail: FakeImapServer, accounts: list[str]) -> None:
    """As the gateway says, and as the mail server sees it."""

    async def so() -> bool:
        return await total(gateway, "connected") == len(accounts) and mail.statistics.open_connections == len(accounts)

    await sooner_or_later(so, 60, "all connected")


def repeated(receiver: WebhookReceiver, accounts: list[str]) -> dict[tuple[str, str], int]:
    """What was announced more or less than once of what happens once in an account's life."""
    counts = names_by_account(receiver)
    told = {(account, name): counts[account, name] for account in accounts for name in ONCE}
    return {each: count for each, count in told.items() if count != 1}


# On PostgreSQL the accounts of a process that was killed are free after its lease has run out.
async def test_fifty_accounts_survive_a_kill(
    tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver, database_url: str
) -> None:
    accounts = [f"{name}-{database_url[:6]}" for name in MANY]
    # The mail server is in this process, which may stand still for a while on a busy machine. That must not look like
    # a silent server.
    async with Gateway(tmp_path, database_url=database_url, command_timeout="90") as gateway:
        await gateway.post_webhooks_to(receiver.url)
        await asyncio.gather(*(gateway.register(account, imap(mail, account)) for account in accounts))
        await all_connected(gateway, mail, accounts)
        await gateway.kill()
        await eventually(lambda: mail.statistics.open_connections == 0)
        for account in accounts[::10]:
            mail.append(account, f"Subject: for {account}\r\n\r\n".encode())

        await gateway.start()
        assert (await gateway.ask("GET", "/v1/accounts?pageSize=1"))["total"] == len(accounts)
        await all_connected(gateway, mail, accounts)
        await eventually(lambda: mail.statistics.logins == 2 * len(accounts))
        # On PostgreSQL, what the killed process was about to post is left to it for half a minute.
        await eventually(lambda: all(names_by_account(receiver)[each, "messageNew"] for each in accounts[::10]))
        await eventually(lambda: not repeated(receiver, accounts), what=lambda: repeated(receiver, accounts))
        told = names_by_account(receiver)
        news = {account: told[account, "messageNew"] for account in accounts}
        assert news == {account: int(account in accounts[::10]) for account in accounts}
        # A killed process is no failure of the accounts.
        errors = {account: (await gateway.get(account))["lastError"] for account in accounts}
        assert errors == dict.fromkeys(accounts)
        assert await gateway.terminate() == 0
    await eventually(lambda: mail.statistics.open_connections == 0)
    assert mail.statistics.count("logout") == len(accounts)


async def test_killed_again_and_again_while_it_starts(
    tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver
) -> None:
    accounts = [f"again{number}" for number in range(20)]
    gateway = Gateway(tmp_path)
    await gateway.start()
    await gateway.post_webhooks_to(receiver.url)
    await asyncio.gather(*(gateway.register(account, imap(mail, account)) for account in accounts))
    for fraction in (0.0, 0.3, 0.7):
        begun = mail.statistics.logins
        await eventually(lambda begun=begun, part=fraction: mail.statistics.logins >= begun + part * 20)  # type: ignore[misc]
        await gateway.restart()
    mail.append("again7", b"Subject: after all that\r\n\r\n")
    await all_connected(gateway, mail, accounts)
    await eventually(lambda: "messageNew" in names_of(receiver, "again7"))
    await eventually(lambda: not repeated(receiver, accounts), what=lambda: repeated(receiver, accounts))
    assert names_of(receiver, "again7").count("messageNew") == 1
    await gateway.kill()


async def test_events_wait_for_a_receiver_that_is_down(tmp_path: Path, mail: FakeImapServer) -> None:
    async with WebhookReceiver() as receiver, Gateway(tmp_path) as gateway:
        await gateway.post_webhooks_to(receiver.url)
        await receiver.stop()
        await gateway.register("patient", imap(mail, "patient"))
        await gateway.reaches("patient", "connected")
        mail.append("patient", b"Subject: one\r\n\r\n")
        await gateway.when("patient", lambda seen: seen["counters"]["received"] == 1, "received")
        await gateway.restart()
        mail.append("patient", b"Subject: two\r\n\r\n")
        await gateway.when("patient", lambda seen: seen["counters"]["received"] == 2, "received")
        assert receiver.requests == []
        await receiver.start()
        await eventually(lambda: len(events_of(receiver, "patient")) == 5, what="all events")
        assert names_of(receiver, "patient") == [*ONCE, "messageNew", "messageNew"]
        assert [each["data"]["subject"] for each in events_of(receiver, "patient")[3:]] == ["one", "two"]


async def test_refused_credentials_stay_slow_over_a_restart_and_are_given_up_in_the_end(
    tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver
) -> None:
    """Hammering gets a mailbox locked, so neither a restart nor patience without end may do it."""
    mail.behave(refuse_login())
    slow: dict[str, Any] = {"auth_retry_delays": "3", "auth_give_up_after": "4"}
    async with Gateway(tmp_path, **slow) as gateway:
        await gateway.post_webhooks_to(receiver.url)
        await gateway.register("locked", imap(mail, "locked"))
        before = await gateway.reaches("locked", "authenticationError")
        await gateway.restart()
        after = await gateway.get("locked")
        assert (after["state"], after["lastError"]) == ("authenticationError", before["lastError"])
        details = await gateway.when("locked", lambda seen: seen["health"] == "stopped", "given up", 20)
        times = mail.statistics.times("refused")
        assert len(times) >= 2
        assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 2.9
        assert (details["state"], details["nextAttempt"]) == ("authenticationError", None)
        assert "reconnect" in details["lastError"]["description"]
        assert names_of(receiver, "locked") == ["accountAdded", "authenticationError"]
        # It stays so over a restart as well, and a request to reconnect ends it.
        await gateway.restart()
        assert (await gateway.get("locked"))["health"] == "stopped"
        mail.behave()
        await gateway.tell("locked", "reconnect")
        await gateway.reaches("locked", "connected")
        assert mail.statistics.times("refused") == times


async def test_held_and_disabled_accounts_stay_so_over_a_restart(tmp_path: Path, mail: FakeImapServer) -> None:
    async with Gateway(tmp_path) as gateway:
        await gateway.register("held", imap(mail, "held"))
        await gateway.register("unset", imap(mail, "unset", disabled=True))
        await gateway.register("live", imap(mail, "live"))
        await gateway.reaches("held", "connected")
        await gateway.tell("held", "disconnect")
        await gateway.reaches("held", "disconnected")
        await gateway.reaches("unset", "unset")
        await gateway.reaches("live", "connected")
        await gateway.restart()
        await eventually(lambda: mail.statistics.count("login", "live") == 2)
        assert [(await gateway.get(each))["state"] for each in ("held", "unset")] == ["disconnected", "unset"]
        assert mail.statistics.count("login", "held") == 1
        # Nothing was even tried.
        assert (await gateway.states("held"))[-2:] == ["connected", "disconnected"]
