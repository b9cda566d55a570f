"""Builds the metrics for Prometheus: counters of the processes, figures of the database, and process metrics."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from postroom.accounts.lifecycle import State
from postroom.accounts.service import Accounts
from postroom.cluster.node import Node
from postroom.cluster.nodes import Nodes
from postroom.connections.pacing.turns import Cause
from postroom.events.reader import EventReader
from postroom.figures import Figures
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.history.queue_store import Queue

MEDIA_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4


@dataclass(frozen=True, slots=True)
class KnownFigures:
    """Figures from the database: accounts by state, the newest event's number, the nodes, the webhook queue."""

    version: str
    accounts: Mapping[str, int] = field(default_factory=dict)
    newest_event: int = 0
    nodes: Sequence[Node] = ()
    queue: Queue = Queue()  # noqa: RUF009 - it is frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Collects the figures of each service and the counters of the processes."""

    figures: Figures
    accounts: Accounts
    events: EventReader
    nodes: Nodes
    deliveries: WebhookDeliveries
    version: str

    async def text(self) -> bytes:
        """Return all metrics in Prometheus' text format. Raises StorageUnavailable."""
        known = KnownFigures(
            self.version,
            accounts=await self.accounts.state_counts(),
            newest_event=await self.events.newest(),
            nodes=await self.nodes.all(),
            queue=await self.deliveries.waiting(),
        )
        return exposition(self.figures, known)


def exposition(figures: Figures, known: KnownFigures) -> bytes:
    """Return all metrics in Prometheus' text format."""
    rest = CollectorRegistry()
    rest.register(_Told([*_cluster(known), *_processes(figures)]))
    return generate_latest(figures.registry()) + generate_latest(rest)


class _Told(Collector):
    """A collector of metric families that exist already."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Return the families."""
        return self._families


def _cluster(known: KnownFigures) -> Iterator[Metric]:
    build = GaugeMetricFamily("postroom_build_info", "The version that answers", labels=("version", "python"))
    build.add_metric((known.version, ".".join(map(str, sys.version_info[:3]))), 1)
    yield build
    accounts = GaugeMetricFamily("postroom_accounts", "Accounts by state", labels=("state",))
    for state in State:
        accounts.add_metric((state.value,), known.accounts.get(state.value, 0))
    yield accounts
    yield GaugeMetricFamily("postroom_event_newest_number", "Number of the newest event", value=known.newest_event)
    yield GaugeMetricFamily(
        "postroom_webhook_queue_deliveries", "Deliveries that are not finished", value=known.queue.pending
    )
    yield GaugeMetricFamily(
        "postroom_webhook_queue_oldest_age_seconds",
        "Age of the oldest delivery that is not finished, 0 without any",
        value=known.queue.oldest_age / 1000,
    )
    yield from _nodes(known.nodes)


def _nodes(nodes: Sequence[Node]) -> Iterator[Metric]:
    draining = sum(node.draining for node in nodes)
    states = GaugeMetricFamily("postroom_nodes", "Nodes in the cluster", labels=("state",))
    states.add_metric(("active",), len(nodes) - draining)
    states.add_metric(("draining",), draining)
    yield states
    yield _by_node("accounts", "Accounts that a node runs", {node.id: node.accounts or 0 for node in nodes})
    yield _by_node(
        "heartbeat_age_seconds", "Time since a node's last heartbeat", {node.id: node.age / 1000 for node in nodes}
    )
    loads = {node.id: node.load or {} for node in nodes}
    cores = {node: load.get("cpu") or 0 for node, load in loads.items()}
    yield _by_node("cpu_cores", "Processors in use by a node", cores)
    memory = {node: load.get("memory") or 0 for node, load in loads.items()}
    yield _by_node("memory_bytes", "Memory in use by a node", memory)
    waiting = GaugeMetricFamily(
        "postroom_node_waiting_sign_ins", "Sign-ins that wait for a turn, by the cause", labels=("node", "cause")
    )
    for node, load in loads.items():
        for cause in Cause:
            waiting.add_metric((node, cause.value), (load.get("waiting") or {}).get(cause.value, 0))
    yield waiting
    for name, words, values in (
        ("taken_over", "freed from nodes that were lost", {node.id: node.taken_over for node in nodes}),
        ("handed_over", "handed over to others", {node.id: node.handed_over for node in nodes}),
    ):
        family = CounterMetricFamily(
            f"postroom_node_{name}_accounts", f"Accounts that a node has {words} since it joined", labels=("node",)
        )
        for node, value in values.items():
            family.add_metric((node,), value)
        yield family


def _by_node(name: str, words: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"postroom_node_{name}", words, labels=("node",))
    for node, value in values.items():
        family.add_metric((node,), value)
    return family


def _processes(figures: Figures) -> list[Metric]:
    """Return the `process_…` metrics of this process, or of each worker with its id in the label `process`."""
    workers = figures.workers(os.getppid())
    if not workers:
        return list(ProcessCollector(registry=None).collect())
    joined: dict[str, Metric] = {}
    for pid in workers:
        for family in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]
            into = joined.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                into.add_sample(sample.name, {**sample.labels, "process": str(pid)}, sample.value)
    return list(joined.values())
