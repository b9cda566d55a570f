"""Nodes of the cluster as callers see them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.clock import iso
from postroom.cluster.node import Node

if TYPE_CHECKING:
    from postroom.schemas.answers.operation import ClusterNode, NodeState


def cluster_node(node: Node) -> ClusterNode:
    """Return one node and its load."""
    load = node.load or {}
    return {
        "id": node.id,
        "version": node.version,
        "host": node.host,
        "since": iso(node.started_at),
        "state": node_state(draining=node.draining),
        "accounts": node.accounts,
        "lastHeartbeat": iso(node.heartbeat_at),
        "load": {"cpu": load.get("cpu"), "memory": load.get("memory"), "runners": load.get("runners")},
    }


def node_state(*, draining: bool) -> NodeState:
    """Return the state that is requested of a node, as the API names it."""
    return "draining" if draining else "active"
