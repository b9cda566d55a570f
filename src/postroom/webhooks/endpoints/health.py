"""What one process knows of an endpoint's health: when to pause it, when to probe, how much it may take at once. Pure.

Two failures with no success between them, or one connection that could not be made, mean that the endpoint is down. It
then pauses as a whole: nothing goes to it until the pause ends, then one request at a time, each failure doubling the
pause. The first success ends that, and the number of requests in flight grows by one with each further success. Times
are milliseconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from postroom.webhooks.retry import RetryVerdict, pause_after

_FAILURES_BEFORE_PAUSE = 2


@dataclass(slots=True)
class EndpointHealth:
    """The health of the endpoint whose URL has this fingerprint.

    `failures` counts in a row, `probes` those since the endpoint is considered down. `window` bounds the requests in
    flight, None when it does not. `changed` says that the stored row is out of date.
    """

    target: str | None = None
    enabled: bool = True
    failures: int = 0
    failing_since: int | None = None
    paused_until: int | None = None
    last_error: dict[str, Any] | None = None
    probes: int = 0
    accepted_at: int = 0
    window: int | None = None
    changed: bool = field(default=False, compare=False)

    @property
    def is_down(self) -> bool:
        """Only probes go out now."""
        return self.paused_until is not None

    @property
    def is_sound(self) -> bool:
        """There is nothing to remember: it is on, not down, and not on its way back."""
        return self.enabled and not self.is_down and self.window is None

    def accept(self, now: int, limit: int) -> None:
        """Note a success; `limit` is how many requests an endpoint may have in flight at most."""
        self.accepted_at = now
        if self.failing_since is not None or self.last_error is not None or self.is_down:
            self.changed = True
        if self.is_down:
            self.window = 1
        elif self.window is not None:
            self.window = self.window + 1 if self.window < limit else None
        self.failures = self.probes = 0
        self.failing_since = self.paused_until = self.last_error = None

    def reject(self, now: int, verdict: RetryVerdict, error: dict[str, Any], roll: float) -> None:
        """Note a failed attempt; `error` is what operators are shown, `roll` (0 to 1) picks the jitter of a pause."""
        self.failures += 1
        self.last_error = error
        self.changed = True
        if self.failing_since is None:
            self.failing_since = now
        if self.paused_until is not None and self.paused_until > now:
            # Sent before the pause began: it says nothing new.
            return
        if verdict.hold is not None:
            self.paused_until = now + int(verdict.hold * 1000)
            self.probes = max(self.probes, 1)
        elif self.is_down or not verdict.reached or self.failures >= _FAILURES_BEFORE_PAUSE:
            self.probes += 1
            self.paused_until = now + int(pause_after(self.probes, roll) * 1000)

    def note(self, error: dict[str, Any]) -> None:
        """Note a failure that no waiting will mend; it says nothing of whether the endpoint is up."""
        self.changed = self.changed or (self.last_error or {}).get("code") != error.get("code")
        self.last_error = error

    def disable(self, error: dict[str, Any]) -> None:
        """Note that the endpoint asked never to be called again."""
        self.enabled = False
        self.last_error = error
        self.changed = True

    def share(self, now: int, limit: int) -> int:
        """Return how many requests the endpoint may have in flight now, at most `limit`."""
        if self.paused_until is not None:
            return 0 if self.paused_until > now else 1
        return limit if self.window is None else min(self.window, limit)
