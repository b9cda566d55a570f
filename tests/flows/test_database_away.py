"""PostgreSQL goes away under two nodes and comes back: everything goes on by itself, and nothing is told twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.imap_server import FakeImapServer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, imap, names_of, not_announced_once
from tests.live.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCOUNTS = [f"outage{number}" for number in range(8)]
IN_DOUBT = "the database does not answer; accounts rest"
# No account has anything to write of itself, so that no commit is under way when the database goes.
FAST: dict[str, Any] = {"heartbeat": "0.5", "lease": "3", "stable_after": "1000"}


async def in_doubt(gateway: Gateway) -> None:
    await eventually(lambda: any(IN_DOUBT in line for line in gateway.log))


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
        await two.all_connected(len(ACCOUNTS))
        await eventually(lambda: all("accountInitialized" in names_of(receiver, each) for each in ACCOUNTS))
        before = {str(session.user): session.number for session in mail.world.sessions}
        # The nodes may have shared the accounts out anew meanwhile.
        met = (mail.statistics.logins, mail.statistics.connections)
        # This server runs without fsync: only after a checkpoint does it keep things over a crash.
        await asyncio.to_thread(postgres_server.execute, "CHECKPOINT")
        await asyncio.to_thread(postgres_server.stop, "immediate")
        try:
            for gateway in (one, two):
                await in_doubt(gateway)
            fetched = mail.statistics.count("command", "UID FETCH")
            for account in ACCOUNTS:
                mail.append(account, f"Subject: for {account}\r\n\r\n".encode())
            # Every runner has something to write now, and waits with it. One runner of each node may wait earlier: it
            # reads the settings again before it asks the mail server.
            await eventually(lambda: mail.statistics.count("command", "UID FETCH") >= fetched + len(ACCOUNTS) - 2)
        finally:
            await asyncio.to_thread(postgres_server.start)
        await eventually(lambda: all("messageNew" in names_of(receiver, each) for each in ACCOUNTS), 90)
        await one.all_connected(len(ACCOUNTS))
        assert not_announced_once(receiver, ACCOUNTS) == {}
        assert {str(session.user): session.number for session in mail.world.sessions} == before
        assert (mail.statistics.logins, mail.statistics.connections) == met, "no connection was given up"
        assert not [line for line in one.log + two.log if "Traceback" in line]
