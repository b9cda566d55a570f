"""What Prometheus may ask: accounts by state, calls of the API, and whatever other rooms put into the registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.responses import Response

from postroom.accounts.lifecycle import State
from postroom.accounts.nodes_store import Node

MEDIA_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

_BY_NODE: Final = {
    "accounts": "Accounts that a node runs",
    "heartbeat_age_seconds": "Time since a node's last heartbeat",
    "taken_over_accounts": "Accounts that a node freed from nodes that were lost, since it joined",
    "handed_over_accounts": "Accounts that a node handed over to others, since it joined",
    "cpu": "Processors in use by a node",
    "memory_bytes": "Memory in use by a node",
}


class Metrics:
    """The figures of the API, in a registry that other rooms may add theirs to."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self._calls = Counter(
            "postroom_api_calls", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        # Finding a counter by its labels costs more than counting.
        self._call_counters: dict[tuple[str, str, int], Counter] = {}
        self._accounts = Gauge("postroom_accounts", "Accounts by state", ("state",), registry=self.registry)
        self._nodes = Gauge("postroom_nodes", "Nodes in the cluster", ("state",), registry=self.registry)
        self._by_node = {
            name: Gauge(f"postroom_node_{name}", words, ("node",), registry=self.registry)
            for name, words in _BY_NODE.items()
        }
        self._events = Gauge("postroom_newest_event", "Number of the newest event announced", registry=self.registry)

    def count_call(self, method: str, route: str, status: int) -> None:
        """Count one answered request; `route` is the pattern, so that ids do not become labels."""
        key = (method, route, status)
        counter = self._call_counters.get(key)
        if counter is None:
            counter = self._call_counters[key] = self._calls.labels(method, route, str(status))
        counter.inc()

    def exposition(self, accounts: dict[str, int], newest_event: int, nodes: Sequence[Node] = ()) -> Response:
        """Return all figures in the text format; `accounts` counts them by state, `nodes` are those of the cluster."""
        self._set_nodes(nodes)
        self._events.set(newest_event)
        for state in State:
            self._accounts.labels(state.value).set(accounts.get(state.value, 0))
        return Response(generate_latest(self.registry), media_type=MEDIA_TYPE)

    def _set_nodes(self, nodes: Sequence[Node]) -> None:
        draining = sum(node.draining for node in nodes)
        self._nodes.labels("active").set(len(nodes) - draining)
        self._nodes.labels("draining").set(draining)
        for gauge in self._by_node.values():
            # A node that has left must not go on being told of.
            gauge.clear()
        for node in nodes:
            load = node.load or {}
            self._by_node["accounts"].labels(node.id).set(node.accounts or 0)
            self._by_node["heartbeat_age_seconds"].labels(node.id).set(node.age / 1000)
            self._by_node["taken_over_accounts"].labels(node.id).set(node.taken_over)
            self._by_node["handed_over_accounts"].labels(node.id).set(node.handed_over)
            self._by_node["cpu"].labels(node.id).set(load.get("cpu") or 0)
            self._by_node["memory_bytes"].labels(node.id).set(load.get("memory") or 0)
