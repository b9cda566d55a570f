"""A node is killed, sleeps, is restarted; the database is away, or crashes. Mail goes on, and nothing is lost.

After each: every account belongs to exactly one living node and is connected once; the log tells what the mail server
holds; every event was posted, in order, and again only where the mishap took the answer away.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.fakes.webhook_receiver import ReceivedRequest, respond
from tests.flows.gateway import sooner_or_later
from tests.survival.cluster import LEASE, PATIENCE, Cluster
from tests.survival.evidence import the_log_tells_what_the_server_holds, the_receiver_has_it_all

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.dovecot, pytest.mark.postgres]

# What a node has posted is stored at once, in one transaction for all that falls together.
STORED_WITHIN = 5.0
SLOW_ANSWER = 0.3
SLOW_FOR = 3.0


class Mishap:
    """When it happened, on the clock of the receiver's requests."""

    def __init__(self, cluster: Cluster) -> None:
        self.since = len(cluster.receiver.requests)
        self.struck: float | None = None

    def strike(self) -> float:
        """A node that has posted something may now not come to store the answer; return the time."""
        self.struck = time.monotonic()
        return self.struck

    def may_repeat(self, request: ReceivedRequest) -> bool:
        """Whether the answer to this request may have been lost."""
        return self.struck is not None and -STORED_WITHIN < request.at - self.struck < 1.0


@asynccontextmanager
async def proven(cluster: Cluster) -> AsyncIterator[Mishap]:
    """Let mail flow while the block does its worst; then all must come to rest, whole and true.

    The receiver takes its time at first, so that webhooks are under way when it strikes.
    """
    mishap = Mishap(cluster)
    cluster.receiver.answer_with(respond(delay=SLOW_ANSWER))
    asyncio.get_running_loop().call_later(SLOW_FOR, cluster.receiver.answer_with, respond())
    began = time.monotonic()
    async with cluster.traffic.flowing():
        await asyncio.sleep(1.0)
        yield mishap
        whole = await cluster.whole()
    settled = time.monotonic()
    await the_log_tells_what_the_server_holds(cluster)
    verdict = await the_receiver_has_it_all(cluster, mishap.may_repeat, mishap.since)
    sent = sum(len(each) for each in cluster.traffic.sent.values())
    print(
        f"whole {whole:.1f} s after it; "
        f"{time.monotonic() - settled:.1f} s to prove it, {settled - began:.1f} s until then; "
        f"{sent} messages sent, {verdict.events} events, {len(verdict.repeated)} posted twice"
    )


_CONNECTED_AFRESH = """
SELECT count(*) FROM accounts JOIN nodes ON nodes.id = accounts.owner
WHERE account = ANY($1) AND state = 'connected' AND sync_time > $2
"""


async def taken_over(cluster: Cluster, node_ids: set[str], struck: float) -> None:
    """Wait until one node is gone from the list and what it had is connected elsewhere; say how long it took."""
    began = (time.time() - (time.monotonic() - struck)) * 1000
    before = await cluster.owners()

    async def gone() -> bool:
        return len(await cluster.node_ids()) == len(node_ids) - 1

    await sooner_or_later(gone, PATIENCE, "the node is declared dead")
    dead_after = time.monotonic() - struck
    (dead,) = node_ids - await cluster.node_ids()
    orphans = [account for account, owner in before.items() if owner == dead]

    async def connected() -> bool:
        return int((await cluster.query(_CONNECTED_AFRESH, orphans, began))[0][0]) == len(orphans)

    await sooner_or_later(connected, PATIENCE, "its accounts are connected elsewhere")
    connected_after = time.monotonic() - struck
    print(f"{len(orphans)} accounts: node dead after {dead_after:.1f} s, connected after {connected_after:.1f} s")


async def test_a_node_is_killed(cluster: Cluster) -> None:
    async with proven(cluster) as mishap:
        node_ids = await cluster.node_ids()
        struck = mishap.strike()
        await cluster.nodes[0].kill()
        await taken_over(cluster, node_ids, struck)
        await cluster.whole()
        await cluster.nodes[0].start()


async def test_a_node_sleeps_past_its_lease(cluster: Cluster) -> None:
    async with proven(cluster) as mishap:
        node_ids = await cluster.node_ids()
        struck = mishap.strike()
        os.kill(cluster.nodes[1].pid, signal.SIGSTOP)
        await taken_over(cluster, node_ids, struck)
        os.kill(cluster.nodes[1].pid, signal.SIGCONT)


async def test_all_nodes_are_restarted_one_after_the_other(cluster: Cluster) -> None:
    async with proven(cluster):
        for node in cluster.nodes:
            assert await node.terminate() == 0
            await node.start()


async def database_away(cluster: Cluster, seconds: float) -> None:
    # The nodes live and know what was answered: nothing may be posted twice.
    async with proven(cluster):
        await asyncio.to_thread(cluster.postgres.stop)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(cluster.postgres.start)


async def test_the_database_is_away_for_longer_than_a_lease(cluster: Cluster) -> None:
    await database_away(cluster, 2 * LEASE)


@pytest.mark.soak
@pytest.mark.parametrize("seconds", [60, 150])
async def test_the_database_is_away_for_minutes(cluster: Cluster, seconds: float) -> None:
    await database_away(cluster, seconds)


async def test_the_database_crashes_and_comes_back_at_once(cluster: Cluster) -> None:
    # The nodes live and know what was answered: nothing may be posted twice.
    async with proven(cluster):
        await asyncio.to_thread(cluster.postgres.stop, "immediate")
        await asyncio.to_thread(cluster.postgres.start)
