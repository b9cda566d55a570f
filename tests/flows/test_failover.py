"""The primary of two PostgreSQL servers dies, the standby takes over: the nodes find it, and nothing is told twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.imap_server import FakeImapServer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, imap, names_of, not_announced_once
from tests.live.postgres import Postgres

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.postgres]

ACCOUNTS = [f"failover{number}" for number in range(8)]
FAST: dict[str, Any] = {"heartbeat": "0.5", "lease": "3", "stable_after": "1000"}


@pytest.fixture
def pair(postgres_cluster: Path) -> Iterator[tuple[Postgres, Postgres]]:
    """A primary, and a standby that has every commit the primary has answered."""
    with Postgres({"synchronous_commit": "on"}, cluster=postgres_cluster) as primary, primary.standby() as standby:
        yield primary, standby


def url_of(first: Postgres, second: Postgres) -> str:
    """One database on two servers, of which the one that takes writes is meant."""
    name = first.create_database().rpartition("/")[2]
    hosts = f"{first.host}:{first.port},{second.host}:{second.port}"
    return f"postgresql://postroom@{hosts}/{name}?target_session_attrs=read-write"


async def test_the_nodes_find_the_new_primary_and_go_on(
    tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver, pair: tuple[Postgres, Postgres]
) -> None:
    primary, standby = pair
    url = await asyncio.to_thread(url_of, primary, standby)
    async with (
        Gateway(tmp_path / "one", database_url=url, **FAST) as one,
        Gateway(tmp_path / "two", database_url=url, **FAST) as two,
    ):
        await one.post_webhooks_to(receiver.url)
        await asyncio.gather(*(one.register(account, imap(mail, account)) for account in ACCOUNTS))
        await two.all_connected(len(ACCOUNTS))
        await eventually(lambda: all("accountInitialized" in names_of(receiver, each) for each in ACCOUNTS))
        await asyncio.to_thread(primary.stop, "immediate")
        for account in ACCOUNTS:
            mail.append(account, f"Subject: for {account}\r\n\r\n".encode())
        await asyncio.sleep(2)
        await asyncio.to_thread(standby.promote)
        await eventually(lambda: all("messageNew" in names_of(receiver, each) for each in ACCOUNTS), 60)
        await one.all_connected(len(ACCOUNTS))
        assert not_announced_once(receiver, ACCOUNTS) == {}
        assert mail.statistics.logins == len(ACCOUNTS), "no connection was given up"
        added = await two.call("POST", "/v1/account", {"account": "later", "name": "L", "imap": imap(mail, "later")})
        assert added.status == 200, added
        await two.reaches("later", "connected")
        assert not [line for line in one.log + two.log if "Traceback" in line]
