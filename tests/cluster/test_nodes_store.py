"""The nodes as everybody may read them."""

from __future__ import annotations

from functools import partial

import pytest

from postroom.cluster import heartbeat_store
from postroom.cluster.node import NodeNotFound
from postroom.cluster.nodes_store import members, set_draining
from postroom.storage.database import Database


async def test_the_longest_in_the_cluster_comes_first_and_a_wish_to_drain_is_kept(db: Database) -> None:
    for node in ("n2", "n1"):
        await db.write(partial(heartbeat_store.enter, node=node, host="h", version="1"))
    await db.write(partial(set_draining, node="n1", wanted=True))
    found = await db.read(members)
    assert {each.id: each.draining for each in found} == {"n1": True, "n2": False}
    assert [each.started_at for each in found] == sorted(each.started_at for each in found)
    assert all(0 <= each.age < 60_000 for each in found)
    with pytest.raises(NodeNotFound):
        await db.write(partial(set_draining, node="gone", wanted=True))
