"""Two processes on one PostgreSQL: each account belongs to one of them, whatever happens to the other."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.imap_server import FakeImapServer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, imap, names_by_account, sooner_or_later
from tests.live.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCOUNTS = [f"shared{number:02}" for number in range(20)]

ONCE = ("accountAdded", "authenticationSuccess", "accountInitialized")


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[WebhookReceiver]:
    """A receiver of the test's own, because all of them call their accounts the same."""
    async with WebhookReceiver() as listening:
        yield listening


def users(mail: FakeImapServer) -> Counter[str]:
    """How many sessions each user has at the mail server."""
    return Counter(str(session.user) for session in mail.world.sessions)


def every(receiver: WebhookReceiver, name: str, count: int = 1) -> bool:
    """Whether each account was told of so many of these events."""
    told = names_by_account(receiver)
    return all(told[account, name] == count for account in ACCOUNTS)


async def all_connected_once(gateway: Gateway, mail: FakeImapServer) -> None:
    async def so() -> bool:
        connected = (await gateway.ask("GET", "/v1/accounts?state=connected&pageSize=1"))["total"]
        return connected == len(ACCOUNTS) and users(mail) == dict.fromkeys(ACCOUNTS, 1)

    await sooner_or_later(so, 60, "every account connected once")


async def test_a_node_that_was_asleep_finds_its_accounts_taken(
    tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver, postgres_url: str
) -> None:
    async with (
        Gateway(tmp_path / "sleepy", database_url=postgres_url) as sleepy,
        Gateway(tmp_path / "awake", database_url=postgres_url) as awake,
    ):
        await sleepy.post_webhooks_to(receiver.url)
        await asyncio.gather(*(sleepy.register(account, imap(mail, account)) for account in ACCOUNTS))
        await all_connected_once(awake, mail)
        await eventually(lambda: every(receiver, "accountInitialized"))

        os.kill(sleepy.pid, signal.SIGSTOP)
        await eventually(lambda: mail.statistics.logins > len(ACCOUNTS), what="accounts taken over")
        for account in ACCOUNTS:
            mail.append(account, f"Subject: for {account}\r\n\r\n".encode())
        await eventually(lambda: every(receiver, "messageNew"))
        os.kill(sleepy.pid, signal.SIGCONT)
        await all_connected_once(awake, mail)

        (gone,) = [line for line in awake.log if "node is gone" in line]
        (joined,) = [line for line in sleepy.log if "node joined" in line][:1]
        assert re.search(r" gone=(\S+)", gone)[1] == re.search(r" node=(\S+)", joined)[1]  # type: ignore[index]

        # A node that leaves in order hands its accounts over at once.
        assert await awake.terminate() == 0
        assert len([line for line in awake.log if "node left" in line]) == 1
        await all_connected_once(sleepy, mail)
        for account in ACCOUNTS:
            mail.append(account, f"Subject: second for {account}\r\n\r\n".encode())
        await eventually(lambda: every(receiver, "messageNew", 2))
        told = names_by_account(receiver)
        once = {(each, name): told[each, name] for each in ACCOUNTS for name in ONCE}
        assert {pair: count for pair, count in once.items() if count != 1} == {}
        assert not [line for line in sleepy.log + awake.log if "Traceback" in line]


async def test_workers_that_are_told_to_stop_hand_their_accounts_over(
    tmp_path: Path, mail: FakeImapServer, postgres_url: str
) -> None:
    # With a lease this long nothing is taken over that was not given.
    settings: dict[str, Any] = {"database_url": postgres_url, "lease": "3600"}
    async with Gateway(tmp_path / "workers", workers="2", **settings) as workers:
        await asyncio.gather(*(workers.register(account, imap(mail, account)) for account in ACCOUNTS))
        await all_connected_once(workers, mail)
        async with Gateway(tmp_path / "other", **settings) as other:
            assert await workers.terminate() == 0
            await all_connected_once(other, mail)
            assert len((await other.ask("GET", "/v1/nodes"))["nodes"]) == 1
            assert mail.statistics.count("logout") >= len(ACCOUNTS), "signed out of, not dropped"
            assert not [line for line in workers.log if "Traceback" in line]


@asynccontextmanager
async def mail_coming(mail: FakeImapServer) -> AsyncIterator[dict[str, list[str]]]:
    """Let mail come for the block, to the accounts in turn; the subjects of each are in what it gives."""
    sent: dict[str, list[str]] = {account: [] for account in ACCOUNTS}

    async def deliver() -> None:
        for number, account in enumerate(itertools.cycle(ACCOUNTS)):
            sent[account].append(f"{number}")
            mail.append(account, f"Subject: {number}\r\n\r\n".encode())
            await asyncio.sleep(0.03)

    delivering = asyncio.get_running_loop().create_task(deliver())
    try:
        yield sent
    finally:
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)


async def test_machines_with_workers_are_restarted_one_after_the_other_while_mail_comes(
    tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver, postgres_url: str
) -> None:
    # With a lease this long nothing is taken over that was not given.
    settings: dict[str, Any] = {"database_url": postgres_url, "lease": "3600", "workers": "2"}

    begun = len(receiver.requests)

    def told() -> dict[str, list[str]]:
        """The events of each account, by subject or by name; a repeated delivery counts once."""
        bodies = {each.headers["webhook-id"]: each.json() for each in receiver.requests[begun:]}
        found: dict[str, list[str]] = {account: [] for account in ACCOUNTS}
        for body in bodies.values():
            found[body["account"]].append(body["data"].get("subject", body["event"]))
        return found

    async with Gateway(tmp_path / "one", **settings) as one, Gateway(tmp_path / "two", **settings) as two:
        await one.post_webhooks_to(receiver.url)
        await asyncio.gather(*(one.register(account, imap(mail, account)) for account in ACCOUNTS))
        await all_connected_once(one, mail)
        async with mail_coming(mail) as sent:
            for restarted, other in ((one, two), (two, one)):
                assert await restarted.terminate() == 0
                await all_connected_once(other, mail)
                await restarted.start()
                await sooner_or_later(partial(has_nodes, other, 4), 30, "all four processes")
        wanted = {account: [*ONCE, *subjects] for account, subjects in sent.items()}

        async def all_came() -> bool:
            return sum(map(len, told().values())) >= sum(map(len, wanted.values()))

        await sooner_or_later(all_came, 60, "a webhook for every message")
        assert told() == wanted
        await all_connected_once(two, mail)
        assert not [line for line in one.log + two.log if "Traceback" in line]


async def has_nodes(gateway: Gateway, count: int) -> bool:
    return len((await gateway.ask("GET", "/v1/nodes"))["nodes"]) == count


async def test_a_lone_node_that_starts_again_has_its_accounts_back_with_the_end_of_its_old_lease(
    tmp_path: Path, mail: FakeImapServer, postgres_url: str, postgres_server: Postgres
) -> None:
    settings: dict[str, Any] = {"database_url": postgres_url, "heartbeat": "0.5", "lease": "3600"}
    async with Gateway(tmp_path, **settings) as gateway:
        await asyncio.gather(*(gateway.register(account, imap(mail, account)) for account in ACCOUNTS))
        await all_connected_once(gateway, mail)
        await gateway.restart()
        # The lease of the one that was killed ends now; the one that has just joined waits for none of its own.
        oldest = "(SELECT min(started_at) FROM nodes)"
        age = f"UPDATE nodes SET heartbeat_at = heartbeat_at - 3600000 WHERE started_at = {oldest}"
        await asyncio.to_thread(postgres_server.execute, age, url=postgres_url)
        await all_connected_once(gateway, mail)
        assert mail.statistics.logins == 2 * len(ACCOUNTS)
