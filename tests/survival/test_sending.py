"""Messages are sent at most once, whatever dies or breaks while they are under way, and none is lost.

Programs submit without end, with idempotency keys, and repeat their calls. Meanwhile processes are killed, lines cut,
the database goes away. The mail server counts what it takes.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.counting_smtp import EXTENSIONS, CountingSmtp
from tests.fakes.fault_proxy import FaultProxy
from tests.flows.gateway import Gateway
from tests.live.postgres import Postgres
from tests.survival.cluster import DURABLE
from tests.survival.sending_evidence import at_rest, decide_unknown, rows_of, taken_once
from tests.survival.sending_strikes import Strikes
from tests.survival.sending_traffic import SendingTraffic

ACCOUNTS = tuple(f"account{number}" for number in range(12))
SHORT = 16
LONG = 208
LONG_CHUNKS = 48
LONG_CLUSTER = 110


class Proof:
    """Nodes that send through a proxy to a server that counts, and programs that submit."""

    def __init__(self, url: str, nodes: list[Gateway], server: CountingSmtp, strikes: Strikes, seed: int) -> None:
        self.url = url
        self.nodes = nodes
        self.server = server
        self.strikes = strikes
        self.traffic = SendingTraffic(nodes, server, ACCOUNTS, seed)

    async def register(self) -> None:
        """Accounts that only send."""
        proxy = self.strikes.proxy
        smtp = {"host": proxy.host, "port": proxy.port, "secure": False, "auth": {"user": "a", "pass": "pass"}}
        for account in ACCOUNTS:
            await self.nodes[0].register(account, False, email=f"{account}@example.test", smtp=smtp)

    @asynccontextmanager
    async def under_way(self) -> AsyncIterator[None]:
        """Submit until the end of the block; then all must come to rest, and the counts must be right."""
        end = asyncio.Event()
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.traffic.flow(end))
            try:
                yield
            finally:
                end.set()
                strikes = self.strikes
                print(f"{len(strikes.times)} strikes in {time.monotonic() - began:.0f} s: {dict(strikes.counts)}")
                print(f"armed and not met: {dict(strikes.missed)}")
        await at_rest(self.nodes[0])
        await self.judge()

    async def judge(self) -> None:
        """Hold everything against the server's counts, decide what is unknown, and look once more."""
        struck = [time for time, _ in self.strikes.times]
        rows = await rows_of(self.url)
        verdict = taken_once(rows, self.traffic.posted, self.server, struck)
        print(
            f"{len(rows)} messages: {dict(verdict.states)}; {verdict.unknown_taken} of the unknown were taken; "
            f"{self.traffic.retried} calls repeated until they were answered, {self.traffic.repeated} after that"
        )
        hung = [at for at in self.traffic.unanswered if not any(a - 1 < at < b for a, b in self.strikes.asleep)]
        print(f"{len(self.traffic.unanswered)} calls were not answered in time, {len(hung)} of them by nodes awake")
        as_sent = await decide_unknown(self.nodes[0], verdict.unknown, self.server)
        await at_rest(self.nodes[0])
        final = taken_once(await rows_of(self.url), self.traffic.posted, self.server, struck, as_sent)
        assert not final.unknown
        for each in self.traffic.posted.values():
            # A process that died knew alone that the server wanted the others to be tried later.
            recipients = each.recipients[:1] if each.queue_id in as_sent else each.recipients
            for address in recipients:
                taken = self.server.taken[(each.message_id, address)]
                assert taken == (0 if address.startswith("gone") else 1), (each, address)


@asynccontextmanager
async def proof(
    folder: Path, url: str, seed: int, *, nodes: int = 1, postgres: Postgres | None = None, chunks: bool = False
) -> AsyncIterator[Proof]:
    async with AsyncExitStack() as stack:
        extensions = (*EXTENSIONS, "CHUNKING") if chunks else EXTENSIONS
        server = await stack.enter_async_context(CountingSmtp(extensions=extensions))
        proxy = await stack.enter_async_context(FaultProxy(server.host, server.port))
        running = []
        for number in range(nodes):
            node = Gateway(folder / f"node{number}", database_url=url, log_level="info", heartbeat="1", lease="4")
            stack.push_async_callback(node.kill)
            running.append(node)
            await node.start()
        made = Proof(url, running, server, Strikes(running, server, proxy, random.Random(seed), postgres), seed)
        await made.register()
        try:
            yield made
        finally:
            for number, node in enumerate(running):
                print(f"node {number}:", *node.log[-60:], sep="\n")
        for node in running:
            assert not [line for line in node.log if "Traceback" in line]


async def strike_in_turn(made: Proof, count: int) -> None:
    """Let each of the usual strikes happen in turn."""
    usual = list(made.strikes.usual().values())
    for number in range(count):
        await usual[number % len(usual)]()
        await asyncio.sleep(made.strikes.chance.uniform(0.0, 0.3))


async def test_kills_and_cuts_on_sqlite(tmp_path: Path, sqlite_url: str, seed: int) -> None:
    async with proof(tmp_path, sqlite_url, seed) as made, made.under_way():
        await strike_in_turn(made, SHORT)
        assert made.strikes.missed.total() <= 1


async def test_kills_and_cuts_of_two_nodes(tmp_path: Path, postgres_url: str, seed: int) -> None:
    async with proof(tmp_path, postgres_url, seed, nodes=2, chunks=True) as made, made.under_way():
        await strike_in_turn(made, SHORT // 2)


@pytest.mark.soak
async def test_hundreds_of_kills_and_cuts_on_sqlite(tmp_path: Path, sqlite_url: str, seed: int) -> None:
    async with proof(tmp_path, sqlite_url, seed) as made, made.under_way():
        await strike_in_turn(made, LONG)


@pytest.mark.soak
async def test_kills_and_cuts_of_chunks(tmp_path: Path, sqlite_url: str, seed: int) -> None:
    async with proof(tmp_path, sqlite_url, seed, chunks=True) as made, made.under_way():
        await strike_in_turn(made, LONG_CHUNKS)


@pytest.mark.soak
async def test_hundreds_of_kills_and_cuts_of_two_nodes(tmp_path: Path, seed: int) -> None:
    """Beside the usual strikes PostgreSQL crashes, and a node sleeps while the other one takes over."""
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(Postgres(DURABLE))
        url = postgres.create_database()
        made = await stack.enter_async_context(proof(tmp_path, url, seed, nodes=2, postgres=postgres))
        await stack.enter_async_context(made.under_way())
        for _ in range(5):
            await strike_in_turn(made, LONG_CLUSTER // 5)
            await made.strikes.database_away(made.strikes.chance.uniform(0.5, 6.0))
            await made.strikes.sleep_after_the_dot(25.0)
