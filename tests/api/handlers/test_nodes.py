"""The nodes of the cluster, and draining one."""

from __future__ import annotations

from functools import partial

from postroom.cluster import heartbeat_store
from postroom.cluster.node import NodeLoad
from tests.api.conftest import Client


async def test_a_node_is_listed_drained_and_taken_back(client: Client) -> None:
    await client.db.write(partial(heartbeat_store.enter, node="n1", host="h", version="1.2"))
    load: NodeLoad = {"cpu": 0.5, "memory": 1000, "runners": 3}
    beat = partial(heartbeat_store.beat, node="n1", running=3, load={**load, "waiting": {"busy_host": 4}})
    await client.db.write(beat)
    (node,) = (await client.get("/v1/nodes")).body["nodes"]
    assert (node["id"], node["host"], node["version"], node["state"]) == ("n1", "h", "1.2", "active")
    assert (node["accounts"], node["load"]) == (3, load)
    assert (await client.post("/v1/nodes/n1/drain")).body == {"id": "n1", "state": "draining"}
    assert (await client.get("/v1/nodes")).body["nodes"][0]["state"] == "draining"
    assert 'postroom_nodes{state="draining"} 1.0' in (await client.get("/metrics")).text.splitlines()
    assert (await client.delete("/v1/nodes/n1/drain")).body == {"id": "n1", "state": "active"}
    figures = (await client.get("/metrics")).text.splitlines()
    assert 'postroom_node_accounts{node="n1"} 3.0' in figures
    assert 'postroom_node_waiting_sign_ins{cause="busy_host",node="n1"} 4.0' in figures
    assert 'postroom_node_waiting_sign_ins{cause="silent_host",node="n1"} 0.0' in figures


async def test_a_node_that_is_not_there(client: Client) -> None:
    for answer in (await client.post("/v1/nodes/nobody/drain"), await client.delete("/v1/nodes/nobody/drain")):
        assert (answer.status, answer.body["code"]) == (404, "NodeNotFound")
