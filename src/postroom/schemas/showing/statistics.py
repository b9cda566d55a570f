"""What the installation did, as callers see it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from postroom.submission.outbox.model import OutboxCounts

if TYPE_CHECKING:
    from postroom.schemas.answers.operation import SubmitQueue

_OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "webhooks:success": ("deliveries:delivered",),
    "webhooks:fail": ("deliveries:retry", "deliveries:dead"),
    "submit:success": ("submissions:sent",),
    "submit:fail": ("submissions:deferred", "submissions:failed", "submissions:unknown"),
    "apiCall:success": ("apiCalls:success",),
    "apiCall:fail": ("apiCalls:fail",),
}
"""The names that programs of other gateways read, and what they are the sums of."""


def counters(totals: Mapping[str, int]) -> dict[str, int]:
    """Return the counts by name, also under the names of other gateways, in the order of the names."""
    sums = {name: sum(totals.get(part, 0) for part in parts) for name, parts in _OTHER_NAMES.items()}
    return dict(sorted({**totals, **{name: number for name, number in sums.items() if number}}.items()))


def submit_queue(counts: OutboxCounts, now: int) -> SubmitQueue:
    """Return what waits to be sent; `now` is in milliseconds since 1970."""
    return {
        "active": counts.active,
        "waiting": counts.waiting,
        "delayed": counts.delayed,
        "paused": counts.paused,
        "unknown": counts.unknown,
        "oldestAge": 0 if counts.oldest_due is None else max(now - counts.oldest_due, 0) // 1000,
    }
