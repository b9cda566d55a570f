"""How long to wait before the next attempt. Pure: the caller brings the random number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """The numbers of `settings`: delays in seconds; each row of delays repeats its last one."""

    first: float = 1.0
    longest: float = 600.0
    refused_delays: Sequence[float] = (60.0, 300.0, 1800.0, 21600.0)
    abuse_delays: Sequence[float] = (600.0, 3600.0, 21600.0)

    def after_failure(self, attempt: int, chance: float) -> float:
        """Return the delay after the `attempt`-th failure in a row (from 1): doubling, half of it at random.

        `chance` is a random number from 0 to 1; the spread keeps a thousand accounts of one host apart.
        """
        # The exponent is bounded before the power is taken: attempt 2,000 must not make an overflow.
        ceiling = min(self.longest, self.first * 2.0 ** min(attempt - 1, 40))
        return ceiling * (0.5 + chance / 2)

    def after_refusal(self, attempt: int, chance: float) -> float:
        """Return the delay after the `attempt`-th refusal in a row (from 1): slow, so that no mailbox gets locked."""
        return _nth(self.refused_delays, attempt, chance)

    def after_abuse(self, attempt: int, chance: float) -> float:
        """Return the delay after the `attempt`-th session in a row (from 1) whose server sent more than is honest."""
        return _nth(self.abuse_delays, attempt, chance)


def _nth(delays: Sequence[float], attempt: int, chance: float) -> float:
    return delays[min(attempt, len(delays)) - 1] * (1.0 + chance / 10)


@dataclass(slots=True)
class Row:
    """The failures of an account in a row: `abuses` are those in which its server sent more than is honest."""

    drops: int = 0
    abuses: int = 0

    def delay(self, plan: RetryPlan, chance: float, *, abuse: bool) -> float:
        """Count one more, and return the delay after it."""
        if abuse:
            self.abuses += 1
            return plan.after_abuse(self.abuses, chance)
        self.drops += 1
        return plan.after_failure(self.drops, chance)
