"""How much of the sign-ins hosts may have: those that answer, those nobody knows yet, and silent ones. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["Shares", "Standing"]


class Standing(IntEnum):
    """How a host behaved of late. A host that is silent, or ends its sign-ins late and without an answer, is SILENT."""

    ANSWERS = 0
    UNKNOWN = 1
    SILENT = 2


@dataclass(frozen=True, slots=True)
class Shares:
    """How much there is to share.

    `per_host` sign-ins may be in progress at one host, `total` in all. A sign-in that takes long no longer counts in
    the total. `connections` is how many may be open at a time, sign-ins included, None without a limit;
    `spare_connections` are more of them for sign-ins that somebody waits for. `equal` gives every host the same.
    """

    per_host: int
    total: int
    connections: int | None = None
    spare_connections: int = 0
    equal: bool = False

    def at_host(self, standing: Standing) -> int:
        """How many sign-ins that have not taken long may be in progress at one host."""
        if self.equal or standing is Standing.ANSWERS:
            return self.per_host
        return 1 if standing is Standing.SILENT else min(self.per_host, max(2, self.per_host // 6))

    def in_all(self, standing: Standing) -> int:
        """How many that have not taken long may be in progress in all at hosts of this standing and of worse ones."""
        return self._part(self.total, standing)

    def held_by(self, standing: Standing) -> int | None:
        """How many connections sign-ins at such hosts may hold in all, however long they take; None without a limit."""
        if self.connections is None or standing is Standing.ANSWERS:
            return None
        return self._part(self.connections, standing)

    def _part(self, whole: int, standing: Standing) -> int:
        """A quarter is there for hosts that answer alone, and silent ones have a quarter between them."""
        if self.equal or standing is Standing.ANSWERS:
            return whole
        return max(1, whole // 4) if standing is Standing.SILENT else whole - whole // 4

    def fits(self, connections: int, *, urgent: bool) -> bool:
        """Whether one more may be opened beside so many."""
        return self.connections is None or connections < self.connections + (self.spare_connections if urgent else 0)
