"""How long to wait before the next attempt. Pure: the caller brings the random number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """The numbers of `settings`: delays in seconds; `refused_delays` repeats its last one."""

    first: float = 1.0
    longest: float = 600.0
    refused_delays: Sequence[float] = (60.0, 300.0, 1800.0, 21600.0)

    def after_failure(self, attempt: int, chance: float) -> float:
        """Return the delay after the `attempt`-th failure in a row (from 1): doubling, half of it at random.

        `chance` is a random number from 0 to 1; the spread keeps a thousand accounts of one host apart.
        """
        # The exponent is bounded before the power is taken: attempt 2,000 must not make an overflow.
        ceiling = min(self.longest, self.first * 2.0 ** min(attempt - 1, 40))
        return ceiling * (0.5 + chance / 2)

    def after_refusal(self, attempt: int, chance: float) -> float:
        """Return the delay after the `attempt`-th refusal in a row (from 1): slow, so that no mailbox gets locked."""
        delay = self.refused_delays[min(attempt, len(self.refused_delays)) - 1]
        return delay * (1.0 + chance / 10)
