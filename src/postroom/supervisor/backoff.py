"""Computes the delay before the next attempt. Pure: the caller brings the random number."""

from __future__ import annotations

from collections.abc import Sequence

from postroom.footprint.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """The retry settings: delays in seconds. The last delay of each list repeats."""

    first: float = 1.0
    longest: float = 600.0
    refused_delays: Sequence[float] = (60.0, 300.0, 1800.0, 21600.0)
    abuse_delays: Sequence[float] = (600.0, 3600.0, 21600.0)

    def after_failure(self, attempt: int, chance: float) -> float:
        """Return the delay after the `attempt`-th failure in a row (from 1): it doubles, and half of it is random.

        `chance` is a random number from 0 to 1. The spread keeps the accounts of one host from retrying together.
        """
        # The exponent is bounded, because the power of attempt 2,000 would overflow.
        ceiling = min(self.longest, self.first * 2.0 ** min(attempt - 1, 40))
        return ceiling * (0.5 + chance / 2)

    def after_refusal(self, attempt: int, chance: float) -> float:
        """Return the delay after the `attempt`-th refusal in a row (from 1): long, so that no mailbox is locked."""
        return _nth(self.refused_delays, attempt, chance)

    def after_abuse(self, attempt: int, chance: float) -> float:
        """Return the delay after the `attempt`-th session in a row (from 1) whose server sent far too much (ABUSE)."""
        return _nth(self.abuse_delays, attempt, chance)


def _nth(delays: Sequence[float], attempt: int, chance: float) -> float:
    return delays[min(attempt, len(delays)) - 1] * (1.0 + chance / 10)


@dataclass(slots=True)
class Row:
    """The failures of an account in a row. `abuses` counts those whose server sent far too much (ABUSE)."""

    drops: int = 0
    abuses: int = 0

    def delay(self, plan: RetryPlan, chance: float, *, abuse: bool) -> float:
        """Count one more failure and return the delay after it, in seconds."""
        if abuse:
            self.abuses += 1
            return plan.after_abuse(self.abuses, chance)
        self.drops += 1
        return plan.after_failure(self.drops, chance)
