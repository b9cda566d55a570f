"""The nodes as the API lists and drains them."""

from __future__ import annotations

from functools import partial

import pytest

from postroom.cluster import heartbeat_store
from postroom.cluster.node import NodeNotFound
from postroom.cluster.nodes import Nodes
from postroom.storage.database import Database


async def test_a_node_is_drained_and_taken_back(db: Database) -> None:
    await db.write(partial(heartbeat_store.enter, node="n1", host="h", version="1"))
    nodes = Nodes(db)
    await nodes.drain("n1")
    assert [(each.id, each.draining) for each in await nodes.all()] == [("n1", True)]
    await nodes.end_drain("n1")
    assert [(each.id, each.draining) for each in await nodes.all()] == [("n1", False)]


async def test_a_node_that_is_not_there_is_not_drained(db: Database) -> None:
    with pytest.raises(NodeNotFound):
        await Nodes(db).drain("gone")
    with pytest.raises(NodeNotFound):
        await Nodes(db).end_drain("gone")
