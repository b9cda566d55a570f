"""Builds the metrics for Prometheus: counters of the processes, figures of the database, and process metrics."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from postroom.accounts.listing.service import AccountLists
from postroom.api.operation.known_figures import KnownFigures, families
from postroom.clock import now_ms
from postroom.cluster.nodes import Nodes
from postroom.errors import StorageFailed
from postroom.events.reader import EventReader
from postroom.figures import Figures
from postroom.footprint.dataclass import dataclass
from postroom.footprint.loading import parts_of
from postroom.storage.sealing.soundness import Soundness
from postroom.submission.outbox.service import Outbox
from postroom.webhooks.history.deliveries import WebhookDeliveries

with parts_of("prometheus_client"):  # see figures
    from prometheus_client.metrics_core import GaugeMetricFamily, Metric
    from prometheus_client.process_collector import ProcessCollector
    from prometheus_client.registry import Collector, CollectorRegistry

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

# Seconds. Prometheus gives up after ten by default, and would then get nothing at all.
_DATABASE_TIMEOUT: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Collects the figures of each service and the counters of the processes."""

    figures: Figures
    accounts: AccountLists
    events: EventReader
    nodes: Nodes
    deliveries: WebhookDeliveries
    outbox: Outbox
    version: str
    soundness: Soundness | None = None
    clock: Callable[[], int] = now_ms

    async def text(self) -> bytes:
        """Return all metrics in Prometheus' text format; without those of the database when it does not answer."""
        try:
            async with asyncio.timeout(_DATABASE_TIMEOUT):
                known = await self._known()
        except (StorageFailed, TimeoutError):
            return exposition(self.figures, None)
        return exposition(self.figures, known)

    async def _known(self) -> KnownFigures:
        return KnownFigures(
            self.version,
            self.clock(),
            accounts=await self.accounts.standings(),
            newest_event=await self.events.newest(),
            nodes=await self.nodes.all(),
            queue=await self.deliveries.waiting(),
            outbox=await self.outbox.counts(),
            unreadable=await self.soundness.counts() if self.soundness is not None else {},
        )


def exposition(figures: Figures, known: KnownFigures | None) -> bytes:
    """Return all metrics in Prometheus' text format. `known` is None when the database did not answer."""
    # Only Prometheus needs it, and it loads an HTTP server.
    from prometheus_client.exposition import generate_latest

    rest = CollectorRegistry()
    rest.register(_Told([_up(known), *(families(known) if known is not None else ()), *_processes(figures)]))
    return generate_latest(figures.registry()) + generate_latest(rest)


def _up(known: KnownFigures | None) -> Metric:
    words = "Whether the database answered this request; without it the figures of the cluster are left out"
    return GaugeMetricFamily("postroom_database_up", words, value=0 if known is None else 1)


class _Told(Collector):
    """A collector of metric families that exist already."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Return the families."""
        return self._families


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
