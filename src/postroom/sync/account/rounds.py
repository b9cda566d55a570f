"""When to poll folders that have no live news: often while they are active, seldom when they are quiet. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.sync.refusals import BACK_OFF


@dataclass(slots=True)
class Rounds:
    """Intervals and times are seconds of one clock. A folder counts as active for a while after a change.

    `back_off` are the pauses before a folder is asked about again after the server refused its STATUS.
    """

    active_interval: float
    quiet_interval: float
    active_for: float = 3600.0
    back_off: tuple[float, ...] = BACK_OFF
    _asked: dict[str, float] = field(default_factory=dict)
    _happened: dict[str, float] = field(default_factory=dict)
    _refusals: dict[str, int] = field(default_factory=dict)

    def asked(self, path: str, now: float) -> None:
        """Note that the folder was asked about at `now`."""
        self._asked[path] = now

    def refused(self, path: str) -> bool:
        """Note that the server refused; return True when only opening the folder is left, as asking is useless."""
        count = self._refusals.get(path, 0) + 1
        if count > len(self.back_off):
            self.answered(path)
            return True
        self._refusals[path] = count
        return False

    def answered(self, path: str) -> None:
        """Note that the server answered for the folder, or that it was opened."""
        self._refusals.pop(path, None)

    def happened(self, path: str, now: float) -> None:
        """Note that something changed in the folder."""
        self._happened[path] = now

    def due(self, paths: Iterable[str], now: float) -> list[str]:
        """Return the folders to ask about now."""
        return [path for path in paths if self._due_at(path, now) <= now]

    def unanswered(self, paths: Iterable[str]) -> list[str]:
        """Return the folders that the server refused to answer for. They are polled even when no others are."""
        return [path for path in paths if path in self._refusals]

    def next_due(self, paths: Iterable[str], now: float) -> float | None:
        """Return the time at which the next of these folders is due."""
        return min((self._due_at(path, now) for path in paths), default=None)

    def _due_at(self, path: str, now: float) -> float:
        asked = self._asked.get(path)
        if asked is None:
            return now
        if path in self._refusals:
            return asked + self.back_off[self._refusals[path] - 1]
        is_active = now - self._happened.get(path, float("-inf")) < self.active_for
        return asked + (self.active_interval if is_active else self.quiet_interval)
