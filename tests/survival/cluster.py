"""Three nodes as real processes on one PostgreSQL and one Dovecot, with many accounts, mail that keeps coming, and a
receiver of all webhooks.

async with Cluster(tmp_path, accounts=300) as cluster:
    async with cluster.traffic.flowing():
        await cluster.nodes[0].kill()
        ...
    await cluster.agrees(...)
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Self

import asyncpg

from bench.mailserver import account_body, account_id, make_dovecot
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, sooner_or_later
from tests.live.dovecot import Dovecot
from tests.live.postgres import Postgres
from tests.survival.mail_traffic import MailTraffic

NODES = 3
PATIENCE = 120.0
LEASE = 6
# Other than in most stories there are many accounts here: they are not to renew IDLE every second, nor to sign in all
# at once.
CALM: dict[str, Any] = {
    "idle_renewal": "60",
    "poll_interval": "5",
    "command_timeout": "20",
    "connect_timeout": "20",
    "greeting_timeout": "20",
    "log_level": "info",
    "shutdown_timeout": "20",
    "logins_per_host": "24",
    "logins_total": "100",
    "heartbeat": "2",
    "lease": str(LEASE),
    "moves_per_second": "50",
}
# What was committed survives a crash of the server: without it, PostgreSQL itself would lose the last moments.
DURABLE = {"synchronous_commit": "on"}
_ALL_OWNED = """
SELECT count(*) FILTER (WHERE accounts.state = 'connected' AND accounts.sync_time IS NOT NULL) AS connected,
       count(nodes.id) AS owned, count(*) AS total
FROM accounts LEFT JOIN nodes ON nodes.id = accounts.owner
"""


async def _knows_receiver(node: Gateway) -> bool:
    return bool((await node.ask("GET", "/v1/settings?webhooks=true"))["webhooks"])


class Cluster:
    """All of it; `nodes` are gateways that can be killed, stopped and started one by one."""

    def __init__(self, folder: Path, *, accounts: int, busy: int = 4, rate: float = 15.0) -> None:
        self.count = accounts
        self._folder = folder
        self._busy = busy
        self._rate = rate
        self._stack = AsyncExitStack()
        self.postgres = Postgres(DURABLE)
        self.dovecot: Dovecot = make_dovecot(accounts, tls=False)
        self.receiver = WebhookReceiver()
        self.nodes: list[Gateway] = []
        self.url = ""
        self.traffic: MailTraffic

    @property
    def accounts(self) -> list[str]:
        """The ids of all accounts."""
        return [account_id(number) for number in range(self.count)]

    # Life

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        await self._stack.enter_async_context(self.postgres)
        await self._stack.enter_async_context(self.dovecot)
        await self._stack.enter_async_context(self.receiver)
        self.url = self.postgres.create_database()
        for number in range(NODES):
            node = Gateway(self._folder / f"node{number}", database_url=self.url, **CALM)
            self._stack.push_async_callback(node.kill)
            self.nodes.append(node)
            await node.start()
        wanted = {"webhooks": self.receiver.url, "webhooksEnabled": True, "webhookEvents": ["*"]}
        await self.nodes[0].ask("POST", "/v1/settings", wanted)
        for node in self.nodes:
            # Another node may go by the old settings for a second, and would post nothing.
            await sooner_or_later(partial(_knows_receiver, node), PATIENCE, "the node knows the receiver")
        await self._register()
        await self.whole()
        self.traffic = MailTraffic(self.dovecot, quiet=self.count - self._busy, busy=self._busy, rate=self._rate)
        self._stack.callback(self.traffic.close)

    async def _register(self) -> None:
        numbers = iter(range(self.count))

        async def work(node: Gateway) -> None:
            for number in numbers:
                await node.ask("POST", "/v1/account", account_body(self.dovecot, number, tls=False))

        async with asyncio.TaskGroup() as group:
            for node in self.nodes * 2:
                group.create_task(work(node))

    async def mend(self) -> None:
        """Start what a story that failed may have left dead, so that the next one stands for itself."""
        await asyncio.to_thread(self.postgres.start)
        for node in self.nodes:
            if node.alive:
                os.kill(node.pid, signal.SIGCONT)
            else:
                await node.kill()
                await node.start()

    # What is

    @property
    def alive(self) -> list[Gateway]:
        """The nodes whose processes are there."""
        return [node for node in self.nodes if node.alive]

    async def query(self, sql: str, *arguments: Any) -> list[Any]:
        """Ask the database."""
        connection = await asyncpg.connect(self.url)
        try:
            return list(await connection.fetch(sql, *arguments))
        finally:
            await connection.close()

    async def node_ids(self) -> set[str]:
        """The nodes of the cluster, as the database has them."""
        return {str(row["id"]) for row in await self.query("SELECT id FROM nodes")}

    async def owners(self) -> dict[str, str | None]:
        """The owner of every account."""
        return {row["account"]: row["owner"] for row in await self.query("SELECT account, owner FROM accounts")}

    async def whole(self, timeout: float = PATIENCE) -> float:
        """Wait until every account belongs to a living node and is connected, once; return the seconds it took.

        So say the database, the API of every node, and the mail server.
        """
        began = time.monotonic()
        seen: dict[str, Any] = {}

        async def so() -> bool:
            seen["nodes"] = len(await self.node_ids())
            seen["accounts"] = dict((await self.query(_ALL_OWNED))[0])
            if seen["nodes"] != len(self.alive) or set(seen["accounts"].values()) != {self.count}:
                return False
            answers = [await node.ask("GET", "/v1/accounts?state=connected&pageSize=1") for node in self.alive]
            seen["api"] = [each["total"] for each in answers]
            seen["sessions"] = await asyncio.to_thread(self._wrong_sessions)
            return set(seen["api"]) == {self.count} and not seen["sessions"]

        try:
            await sooner_or_later(so, timeout)
        except AssertionError as late:
            raise AssertionError(f"not whole within {timeout} s: {seen}") from late
        return time.monotonic() - began

    def _wrong_sessions(self) -> dict[str, int]:
        """Users who have more or fewer sessions at the mail server than one of ours and one of the other program."""
        counts = self.dovecot.connection_counts()
        users = (f"user{number}@example.test" for number in range(self.count))
        others = range(self.count - self._busy, self.count) if hasattr(self, "traffic") else range(0)
        wanted = {name: 1 + (number in others) for number, name in enumerate(users)}
        return {name: counts.get(name, 0) for name, count in wanted.items() if counts.get(name, 0) != count}
