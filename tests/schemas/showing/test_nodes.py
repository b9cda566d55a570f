"""What is shown of a node."""

from __future__ import annotations

from postroom.cluster.node import Node
from postroom.schemas.showing.nodes import cluster_node, node_state


def test_a_node_of_an_older_version_tells_no_load() -> None:
    shown = cluster_node(Node("n1", "h", "1.0", 0, 1000, True, None, None, 0, 0, 5))
    assert shown["load"] == {"cpu": None, "memory": None, "runners": None}
    assert (shown["state"], shown["accounts"]) == ("draining", None)
    assert shown["lastHeartbeat"] == "1970-01-01T00:00:01.000Z"


def test_the_words_for_what_it_is_asked_to_do() -> None:
    assert [node_state(draining=wanted) for wanted in (True, False)] == ["draining", "active"]
