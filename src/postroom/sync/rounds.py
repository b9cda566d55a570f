"""When folders nobody watches live are asked about: often while they are active, seldom when they are quiet. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Rounds:
    """Intervals and times are seconds of one clock. A folder counts as active for a while after something happened."""

    active_interval: float
    quiet_interval: float
    active_for: float = 3600.0
    _asked: dict[str, float] = field(default_factory=dict)
    _happened: dict[str, float] = field(default_factory=dict)

    def asked(self, path: str, now: float) -> None:
        """The folder was asked about now."""
        self._asked[path] = now

    def happened(self, path: str, now: float) -> None:
        """Something changed in the folder."""
        self._happened[path] = now

    def due(self, paths: Iterable[str], now: float) -> list[str]:
        """Return the folders to ask about now."""
        return [path for path in paths if self._due_at(path, now) <= now]

    def next_due(self, paths: Iterable[str], now: float) -> float | None:
        """Return when the next of them is to be asked about."""
        return min((self._due_at(path, now) for path in paths), default=None)

    def _due_at(self, path: str, now: float) -> float:
        asked = self._asked.get(path)
        if asked is None:
            return now
        is_active = now - self._happened.get(path, float("-inf")) < self.active_for
        return asked + (self.active_interval if is_active else self.quiet_interval)
