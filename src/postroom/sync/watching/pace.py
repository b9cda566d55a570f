"""How often an account may ask its server questions because of news. Pure.

A server may send news without end, and each piece costs a round of questions. The first rounds begin at once; after
many in a row they come at a steady pace. Meanwhile news wait in the connection. Nothing is lost, and a later round
handles all of them.
"""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass


@dataclass(slots=True)
class Pace:
    """`burst` turns at once, then `rate` turns per second. Times are seconds of one clock."""

    burst: float
    rate: float
    _spent: float = 0.0
    _at: float | None = field(default=None)

    def take(self, now: float, *, more: float = 0.0) -> float:
        """Take a turn; return the seconds to wait before it. `more` allows further turns at once beyond the burst."""
        elapsed = 0.0 if self._at is None else now - self._at
        self._at = now
        self._spent = max(0.0, self._spent - elapsed * self.rate) + 1.0
        return max(0.0, self._spent - self.burst - more) / self.rate
