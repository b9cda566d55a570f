"""What a process counts, for Prometheus and for the statistics of the installation.

Names follow Prometheus' conventions: the unit is in the name, and counters end in `_total`. Several workers of one
machine count into files that all can read. The statistics take their own counts from each process (`take_counts`).
"""

from __future__ import annotations

from collections import Counter as Counts
from pathlib import Path
from typing import Final

from postroom.footprint.loading import parts_of

# The package itself would load an HTTP server and an HTTP client: 0.7 MiB.
with parts_of("prometheus_client"):
    from prometheus_client.metrics import Counter, Histogram, disable_created_metrics
    from prometheus_client.multiprocess import MultiProcessCollector
    from prometheus_client.registry import CollectorRegistry

_API: Final = "/v1/"
_SIGN_INS: Final = ("success", "refused", "failed")
_DELIVERIES: Final = ("delivered", "retry", "dead", "dropped")
_SUBMISSIONS: Final = ("sent", "deferred", "failed", "unknown")
_API_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SYNC_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0)
_TRANSACTION_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)
_DELAY_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0, 86400.0)


class Figures:
    """The counters and histograms of one process.

    `folder` is where the workers of this machine keep their files, None for a single process. prometheus-client writes
    there by itself, provided that it was told the folder before it was imported (`cli/serving/sharing.py`).
    """

    def __init__(self, folder: Path | None = None) -> None:
        # The creation time of a counter would be one more series for each, and is of no use.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._folder = folder
        self._own = registry = CollectorRegistry()
        self._calls = Counter(
            "postroom_api_requests", "API requests answered", ("method", "route", "status"), registry=registry
        )
        words = "Time from a request to the start of its answer"
        self._call_seconds = Histogram(
            "postroom_api_request_duration_seconds", words, ("method", "route"), buckets=_API_SECONDS, registry=registry
        )
        words = "Connections and requests refused before they reached the API"
        self._refusals = Counter("postroom_http_refusals", words, ("status",), registry=registry)
        words = "API requests with a token that is not valid"
        self._wrong_tokens = Counter("postroom_wrong_tokens", words, ("code",), registry=registry)
        words = "Sign-ins of accounts to their IMAP servers"
        self._sign_ins = Counter("postroom_sign_ins", words, ("outcome",), registry=registry)
        words = "Time until all folders of an account are in step"
        self._syncs = Histogram(
            "postroom_sync_duration_seconds", words, ("cause",), buckets=_SYNC_SECONDS, registry=registry
        )
        words = "Renewals of OAuth2 access tokens"
        self._renewals = Counter("postroom_token_renewals", words, ("provider", "outcome"), registry=registry)
        self._events = Counter("postroom_events", "Events announced", ("type",), registry=registry)
        words = "Deliveries of events to webhooks"
        self._deliveries = Counter("postroom_webhook_deliveries", words, ("result",), registry=registry)
        words = "Time one webhook request takes"
        self._post_seconds = Histogram(
            "postroom_webhook_request_duration_seconds", words, buckets=_REQUEST_SECONDS, registry=registry
        )
        words = "Time from an event to its acceptance by the receiver"
        self._delay_seconds = Histogram(
            "postroom_webhook_delivery_delay_seconds", words, buckets=_DELAY_SECONDS, registry=registry
        )
        self._submissions = Counter(
            "postroom_submissions", "Attempts to send a message", ("result",), registry=registry
        )
        words = "Time from when a message was to be sent to its acceptance by the server"
        self._submission_seconds = Histogram(
            "postroom_submission_delay_seconds", words, buckets=_DELAY_SECONDS, registry=registry
        )
        words = "Hints that work is due, as this process received them"
        self._wakeups = Counter("postroom_wakeups", words, ("topic",), registry=registry)
        self.transactions = TransactionFigures(registry)
        # Prometheus sees no increase from nothing to 1, so those that alerts look at begin with 0.
        for counter, known in (
            (self._sign_ins, _SIGN_INS),
            (self._deliveries, _DELIVERIES),
            (self._submissions, _SUBMISSIONS),
        ):
            for value in known:
                counter.labels(value)
        self._counts: Counts[str] = Counts()
        # Looking up a counter by its labels costs more than counting.
        self._call_counters: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._wakeup_counters: dict[str, Counter] = {}

    def count_call(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; `route` is the pattern, so that ids do not become labels."""
        key = (method, route, status)
        found = self._call_counters.get(key)
        if found is None:
            found = (self._calls.labels(method, route, str(status)), self._call_seconds.labels(method, route))
            self._call_counters[key] = found
        found[0].inc()
        found[1].observe(seconds)
        if route.startswith(_API):
            self._counts["apiCalls:success" if status < 400 else "apiCalls:fail"] += 1

    def count_refusal(self, status: int) -> None:
        """Count a connection or request that was refused before it reached the API."""
        self._refusals.labels(str(status)).inc()

    def count_wrong_token(self, code: str) -> None:
        """Count a refused token by code: `InvalidToken` (not in a token's form), `UnknownToken` or `ExpiredToken`."""
        self._wrong_tokens.labels(code).inc()

    def count_sign_in(self, outcome: str) -> None:
        """Count one attempt to sign in: `success`, `refused` by the server, or `failed` before it could refuse."""
        self._sign_ins.labels(outcome).inc()
        self._counts[f"signIns:{outcome}"] += 1

    def count_events(self, types: Counts[str]) -> None:
        """Count events by type; each counts once, however many endpoints get it."""
        for name, count in types.items():
            self._events.labels(name).inc(count)
            self._counts[f"events:{name}"] += count

    def count_delivery(self, result: str) -> None:
        """Count an attempt by its result: `delivered`, `retry`, `dead` (given up) or `dropped` (no longer wanted)."""
        self._deliveries.labels(result).inc()
        self._counts[f"deliveries:{result}"] += 1

    def time_post(self, seconds: float) -> None:
        """Record how long one webhook request took, whatever its result."""
        self._post_seconds.observe(seconds)

    def time_delivery(self, seconds: float) -> None:
        """Record how long after its event a delivery was accepted."""
        self._delay_seconds.observe(max(seconds, 0.0))

    def count_submission(self, result: str) -> None:
        """Count an attempt to send by its result: `sent`, `failed`, `unknown`, or `deferred` (tried again)."""
        self._submissions.labels(result).inc()
        self._counts[f"submissions:{result}"] += 1

    def time_submission(self, seconds: float) -> None:
        """Record how long after its time a message was sent."""
        self._submission_seconds.observe(max(seconds, 0.0))

    def time_sync(self, cause: str, seconds: float) -> None:
        """Record how long a sync took, by its cause: `sign_in`, or `resync` of a connected account."""
        self._syncs.labels(cause).observe(seconds)

    def count_renewal(self, provider: str, outcome: str) -> None:
        """Count a request for a new access token: `success`, `refused` by the provider, or `failed` without a verdict.

        `provider` is the kind of the application, such as `gmail`.
        """
        self._renewals.labels(provider, outcome).inc()
        self._counts[f"tokenRenewals:{outcome}"] += 1

    def count_wakeup(self, topic: str) -> None:
        """Count a hint that work is due."""
        counter = self._wakeup_counters.get(topic)
        if counter is None:
            counter = self._wakeup_counters[topic] = self._wakeups.labels(topic)
        counter.inc()

    def take_counts(self) -> Counts[str]:
        """Return what was counted since the last call, by family and kind: `events:messageNew`, `apiCalls:fail`."""
        taken, self._counts = self._counts, Counts()
        return taken

    def registry(self) -> CollectorRegistry:
        """Return the registry to show, with the figures of all workers of this machine if there are several."""
        if self._folder is None:
            return self._own
        of_all = CollectorRegistry()
        MultiProcessCollector(of_all, path=str(self._folder))  # type: ignore[no-untyped-call]
        return of_all

    def workers(self, parent: int) -> list[int]:
        """Return the process ids of the living workers, ascending: the children of `parent` that count here.

        Empty for a single process.
        """
        if self._folder is None:
            return []
        known = {path.stem.rpartition("_")[2] for path in self._folder.glob("*_*.db")}
        return sorted(int(each) for each in known if each.isdecimal() and _parent_of(int(each)) == parent)


class TransactionFigures:
    """The transactions of one process. `open` is how many have not ended, those that still wait included."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.open = 0
        seconds = Histogram(
            "postroom_database_transaction_duration_seconds",
            "Time from asking for a transaction to its end, the wait included",
            ("kind",),
            buckets=_TRANSACTION_SECONDS,
            registry=registry,
        )
        waits = Histogram(
            "postroom_database_wait_duration_seconds",
            "Time that a transaction waits for its turn or for a free connection",
            ("kind",),
            buckets=_TRANSACTION_SECONDS,
            registry=registry,
        )
        self._failures = Counter(
            "postroom_database_failures", "Transactions that the database failed", ("kind", "code"), registry=registry
        )
        self._seconds = {kind: seconds.labels(kind) for kind in ("read", "write")}
        self._waits = {kind: waits.labels(kind) for kind in ("read", "write")}

    def time(self, kind: str, waited: float, seconds: float) -> None:
        """Record a transaction that ended, `read` or `write`: how long it waited, and how long it took in all."""
        self._waits[kind].observe(waited)
        self._seconds[kind].observe(seconds)

    def count_failure(self, kind: str, code: str) -> None:
        """Count a transaction that the database failed, by the code of the error, such as `StorageUnavailable`."""
        self._failures.labels(kind, code).inc()


def _parent_of(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name of the program is in parentheses and can contain spaces.
    return int(status.rpartition(")")[2].split()[1])
