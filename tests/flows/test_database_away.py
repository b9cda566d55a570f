"""PostgreSQL goes away under two nodes and comes back: everything goes on by itself, and nothing is told twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.fakes.imap_server import FakeImapServer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, events_of, imap, names_of, sooner_or_later
from tests.live.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCOUNTS = [f"outage{number}" for number in range(8)]
IN_DOUBT = "the database does not answer; accounts rest"
FAST = {"heartbeat": "0.5", "lease": "3"}


async def all_connected(gateway: Gateway) -> None:
    async def so() -> bool:
        answer = await gateway.call("GET", "/v1/accounts?state=connected&pageSize=1")
        return answer.status == 200 and answer.body["total"] == len(ACCOUNTS)

    await sooner_or_later(so, 90, "every account connected")


async def test_all_recover_by_themselves_and_mail_of_the_outage_is_announced_once(
    tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver, postgres_server: Postgres
) -> None:
    url = postgres_server.create_database()
    async with (
        Gateway(tmp_path / "one", database_url=url, **FAST) as one,
        Gateway(tmp_path / "two", database_url=url, **FAST) as two,
    ):
        await one.post_webhooks_to(receiver.url)
        await asyncio.gather(*(one.register(account, imap(mail, account)) for account in ACCOUNTS))
        await all_connected(two)
        await asyncio.to_thread(postgres_server.stop, "immediate")
        try:
            for gateway in (one, two):
                await eventually(lambda log=gateway: any(IN_DOUBT in line for line in log.log), 30)
            for account in ACCOUNTS:
                mail.append(account, f"Subject: for {account}\r\n\r\n".encode())
        finally:
            await asyncio.to_thread(postgres_server.start)
        await eventually(lambda: all("messageNew" in names_of(receiver, each) for each in ACCOUNTS), 90)
        await all_connected(one)
        told = {
            each: [body for body in events_of(receiver, each) if body["event"] == "messageNew"] for each in ACCOUNTS
        }
        assert {account: bodies for account, bodies in told.items() if len(bodies) != 1} == {}
        assert not [line for line in one.log + two.log if "Traceback" in line]
