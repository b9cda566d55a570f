"""How the sign-ins are shared between hosts that answer, unknown hosts and silent ones. Pure."""

from __future__ import annotations

from enum import IntEnum

from postroom.footprint.dataclass import dataclass

__all__ = ["Shares", "Standing"]


class Standing(IntEnum):
    """How a host behaved lately. SILENT: it did not answer, or its sign-in took long and ended without an answer."""

    ANSWERS = 0
    UNKNOWN = 1
    SILENT = 2


@dataclass(frozen=True, slots=True)
class Shares:
    """The amounts to share.

    At one host `per_host` sign-ins may be in progress, in all `total`. A sign-in that takes long no longer counts
    towards `total`. `connections` is the most that may be open at a time, sign-ins included; None for no limit.
    `spare_connections` may be opened beyond that for sign-ins that a person waits for. With `equal`, all hosts get the
    same.
    """

    per_host: int
    total: int
    connections: int | None = None
    spare_connections: int = 0
    equal: bool = False

    def at_host(self, standing: Standing) -> int:
        """How many sign-ins at one host may be in progress, not counting slow ones (those that take long)."""
        if self.equal or standing is Standing.ANSWERS:
            return self.per_host
        return 1 if standing is Standing.SILENT else min(self.per_host, max(2, self.per_host // 6))

    def in_all(self, standing: Standing) -> int:
        """How many sign-ins may be in progress at all hosts of this standing or worse, not counting slow ones."""
        return self._part(self.total, standing)

    def held_by(self, standing: Standing) -> int | None:
        """How many connections the sign-ins at those hosts may hold, including slow ones; None for no limit."""
        if self.connections is None or standing is Standing.ANSWERS:
            return None
        return self._part(self.connections, standing)

    def _part(self, whole: int, standing: Standing) -> int:
        """A quarter is reserved for hosts that answer; silent hosts share at most a quarter."""
        if self.equal or standing is Standing.ANSWERS:
            return whole
        return max(1, whole // 4) if standing is Standing.SILENT else whole - whole // 4

    def fits(self, connections: int, *, urgent: bool) -> bool:
        """Whether one more connection may be opened when `connections` are open."""
        return self.connections is None or connections < self.connections + (self.spare_connections if urgent else 0)
