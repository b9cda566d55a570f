"""What Prometheus may ask: accounts by state, calls of the API, and whatever other rooms put into the registry."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.responses import Response

from postroom.accounts.lifecycle import State

MEDIA_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4


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
        self._events = Gauge("postroom_newest_event", "Number of the newest event announced", registry=self.registry)

    def count_call(self, method: str, route: str, status: int) -> None:
        """Count one answered request; `route` is the pattern, so that ids do not become labels."""
        key = (method, route, status)
        counter = self._call_counters.get(key)
        if counter is None:
            counter = self._call_counters[key] = self._calls.labels(method, route, str(status))
        counter.inc()

    def exposition(self, accounts: dict[str, int], newest_event: int) -> Response:
        """Return all figures in the text format; `accounts` counts them by state."""
        self._events.set(newest_event)
        for state in State:
            self._accounts.labels(state.value).set(accounts.get(state.value, 0))
        return Response(generate_latest(self.registry), media_type=MEDIA_TYPE)
