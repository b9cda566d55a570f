"""The health of an endpoint: when to pause it, when to probe it, and how many requests it may get at once. Pure.

An endpoint is down after two failures with no success between them, or after one connection that could not be made. A
pause then stops all requests to it. After the pause one probe goes out at a time, and each failure doubles the pause.
The first success ends this; each further success allows one more request in flight. Times are milliseconds since 1970.
"""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.webhooks.model import EndpointFailure
from postroom.webhooks.retry import RetryVerdict, pause_after

_FAILURES_BEFORE_PAUSE = 2


@dataclass(slots=True)
class EndpointHealth:
    """The health of the endpoint whose URL has this fingerprint.

    `failures` counts failures in a row, `probes` the failures since the endpoint is down. `window` is the most requests
    in flight while it recovers, otherwise None. `changed` says that the stored row is out of date.
    """

    target: str | None = None
    enabled: bool = True
    failures: int = 0
    failing_since: int | None = None
    paused_until: int | None = None
    last_error: EndpointFailure | None = None
    probes: int = 0
    accepted_at: int = 0
    window: int | None = None
    changed: bool = field(default=False, compare=False)

    @property
    def is_down(self) -> bool:
        """Whether only probes may go out."""
        return self.paused_until is not None

    @property
    def is_sound(self) -> bool:
        """Whether the endpoint is on, not down, and not recovering, so that there is nothing to remember."""
        return self.enabled and not self.is_down and self.window is None

    def accept(self, now: int, limit: int) -> None:
        """Record a success; `limit` is the most requests that an endpoint may have in flight."""
        self.accepted_at = now
        if self.failing_since is not None or self.last_error is not None or self.is_down:
            self.changed = True
        if self.is_down:
            self.window = 1
        elif self.window is not None:
            self.window = self.window + 1 if self.window < limit else None
        self.failures = self.probes = 0
        self.failing_since = self.paused_until = self.last_error = None

    def reject(self, now: int, verdict: RetryVerdict, error: EndpointFailure, roll: float) -> None:
        """Record a failed attempt. `error` is shown to operators; `roll` (0 to 1) picks the jitter of a pause."""
        self.failures += 1
        self.last_error = error
        self.changed = True
        if self.failing_since is None:
            self.failing_since = now
        if self.paused_until is not None and self.paused_until > now:
            # It was sent before the pause began and tells nothing new.
            return
        is_asked_to = verdict.hold is not None
        if is_asked_to or self.is_down or not verdict.reached or self.failures >= _FAILURES_BEFORE_PAUSE:
            self.probes += 1
            # A receiver that asks for no wait at all, time after time, is not sent the same without one.
            self.paused_until = now + int(max(verdict.hold or 0.0, pause_after(self.probes, roll)) * 1000)

    def note(self, error: EndpointFailure) -> None:
        """Record a failure that waiting cannot mend and that does not show whether the endpoint is up."""
        known = self.last_error.get("code") if self.last_error is not None else None
        self.changed = self.changed or known != error.get("code")
        self.last_error = error

    def disable(self, error: EndpointFailure) -> None:
        """Switch the endpoint off: it asked never to be called again."""
        self.enabled = False
        self.last_error = error
        self.changed = True

    def share(self, now: int, limit: int) -> int:
        """Return how many requests the endpoint may have in flight now, at most `limit`."""
        if self.paused_until is not None:
            return 0 if self.paused_until > now else 1
        return limit if self.window is None else min(self.window, limit)
