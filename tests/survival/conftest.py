"""One cluster for all its stories: making it costs more than any of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.survival.cluster import Cluster

ACCOUNTS = 300


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """Three nodes with all their accounts connected."""
    async with Cluster(tmp_path_factory.mktemp("cluster"), accounts=ACCOUNTS) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def cluster(shared_cluster: Cluster) -> AsyncIterator[Cluster]:
    """The shared cluster, whole; the nodes have met no fault of their own in the end."""
    await shared_cluster.mend()
    await shared_cluster.whole()
    yield shared_cluster
    # Shown by pytest if the story fails.
    for number, node in enumerate(shared_cluster.nodes):
        print(f"node {number}:", *node.log[-60:], sep="\n")
    assert not [line for node in shared_cluster.nodes for line in node.log if "Traceback" in line]
