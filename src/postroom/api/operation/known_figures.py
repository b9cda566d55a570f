"""The figures that the database knows, of the whole cluster, as metrics for Prometheus."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final, Literal, TypeAlias, TypeVar

from postroom.accounts.lifecycle import State
from postroom.accounts.listing.standing_store import AccountStanding
from postroom.api.operation.providers import OTHER, provider_label
from postroom.cluster.node import Node, NodeLoad
from postroom.connections.pacing.turns import Cause
from postroom.footprint.dataclass import dataclass
from postroom.footprint.loading import parts_of
from postroom.submission.outbox.model import OutboxCounts
from postroom.webhooks.history.queue_store import Queue

with parts_of("prometheus_client"):  # see figures
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

_Labels = TypeVar("_Labels", str, tuple[str, str])
_LoadMember: TypeAlias = Literal["cpu", "memory", "connections", "most_connections", "transactions"]
_OF_LOAD: Final[Mapping[str, tuple[_LoadMember, str]]] = {
    "cpu_cores": ("cpu", "Processors in use by a node"),
    "memory_bytes": ("memory", "Memory in use by a node"),
    "connections": ("connections", "Connections of a node to mail servers that are open or being opened"),
    "connection_limit": ("most_connections", "Connections to mail servers that a node may have"),
    "database_transactions": ("transactions", "Transactions of a node that have not ended, those that wait included"),
}


@dataclass(frozen=True, slots=True)
class KnownFigures:
    """Figures from the database, as of `now` (milliseconds since 1970).

    `accounts` are counted by state and provider, `unreadable` stored secrets by their place.
    """

    version: str
    now: int = 0
    accounts: Mapping[AccountStanding, int] = field(default_factory=dict)
    newest_event: int = 0
    nodes: Sequence[Node] = ()
    queue: Queue = Queue()
    outbox: OutboxCounts = OutboxCounts()
    unreadable: Mapping[str, int] = field(default_factory=dict)


def families(known: KnownFigures) -> Iterator[Metric]:
    """Return the metrics, each with all its labels, also those without a number yet."""
    yield _gauge("postroom_build_info", "The version that answers", ("version", "python"), {_versions(known): 1})
    yield _gauge("postroom_accounts", "Accounts by state", ("state", "provider"), _accounts(known.accounts))
    yield GaugeMetricFamily("postroom_event_newest_number", "Number of the newest event", value=known.newest_event)
    yield _gauge(
        "postroom_unreadable_secrets",
        "Stored secrets that cannot be opened, by what they belong to",
        ("place",),
        known.unreadable,
    )
    yield from _webhooks(known.queue)
    yield from _outbox(known.outbox, known.now)
    yield from _nodes(known.nodes)


def _accounts(standings: Mapping[AccountStanding, int]) -> dict[tuple[str, str], int]:
    """Return the numbers by state and provider. Every state has a number, also without accounts."""
    numbers = {(state.value, OTHER): 0 for state in State}
    for standing, number in standings.items():
        key = (standing.state, provider_label(standing.kind, standing.host))
        numbers[key] = numbers.get(key, 0) + number
    return numbers


def _versions(known: KnownFigures) -> tuple[str, str]:
    return known.version, ".".join(map(str, sys.version_info[:3]))


def _webhooks(queue: Queue) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "postroom_webhook_queue_deliveries", "Deliveries that are not finished", value=queue.pending
    )
    yield GaugeMetricFamily(
        "postroom_webhook_queue_oldest_age_seconds",
        "Age of the oldest delivery that is not finished, 0 without any",
        value=queue.oldest_age / 1000,
    )


def _outbox(counts: OutboxCounts, now: int) -> Iterator[Metric]:
    states = {
        "sending": counts.active,
        "waiting": counts.waiting,
        "delayed": counts.delayed,
        "paused": counts.paused,
        "unknown": counts.unknown,
    }
    words = "Messages that are not sent yet, by what they wait for"
    yield _gauge("postroom_outbox_messages", words, ("state",), states)
    age = 0 if counts.oldest_due is None else max(now - counts.oldest_due, 0)
    words = "Time that the oldest due message has waited, 0 without any"
    yield GaugeMetricFamily("postroom_outbox_oldest_age_seconds", words, value=age / 1000)


def _nodes(nodes: Sequence[Node]) -> Iterator[Metric]:
    draining = sum(node.draining for node in nodes)
    states = {"active": len(nodes) - draining, "draining": draining}
    yield _gauge("postroom_nodes", "Nodes in the cluster", ("state",), states)
    yield _by_node("accounts", "Accounts that a node runs", {node.id: node.accounts or 0 for node in nodes})
    yield _by_node(
        "heartbeat_age_seconds", "Time since a node's last heartbeat", {node.id: node.age / 1000 for node in nodes}
    )
    yield from _loads({node.id: node.load or {} for node in nodes})
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


def _loads(loads: Mapping[str, NodeLoad]) -> Iterator[Metric]:
    """Return what each node told with its last heartbeat. A node of an older version tells less."""
    for name, (member, words) in _OF_LOAD.items():
        values = {node: float(load[member] or 0) for node, load in loads.items() if member in load}
        yield _by_node(name, words, values)
    waiting = {
        (node, cause.value): (load.get("waiting") or {}).get(cause.value, 0)
        for node, load in loads.items()
        for cause in Cause
    }
    words = "Sign-ins that wait for a turn, by the cause"
    yield _gauge("postroom_node_waiting_sign_ins", words, ("node", "cause"), waiting)


def _by_node(name: str, words: str, values: Mapping[str, float]) -> Metric:
    return _gauge(f"postroom_node_{name}", words, ("node",), values)


def _gauge(name: str, words: str, labels: Sequence[str], values: Mapping[_Labels, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for key, value in values.items():
        family.add_metric((key,) if isinstance(key, str) else key, value)
    return family
