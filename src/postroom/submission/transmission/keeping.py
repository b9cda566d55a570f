"""Which connections are kept open for the next message, and which have to go. Pure.

An account has at most one. There are limits for a host and for all; the one that has rested longest goes first.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import field
from typing import Generic, TypeVar

from postroom.footprint.dataclass import dataclass

__all__ = ["Keeping", "Kept"]

C = TypeVar("C")


@dataclass(frozen=True, slots=True, eq=False)
class Kept(Generic[C]):
    """A connection at rest since `since` (seconds). `made_for` is the state of the account that it was opened for."""

    connection: C
    account: str
    made_for: Hashable
    host: str
    since: float


@dataclass(slots=True)
class Keeping(Generic[C]):
    """The connections at rest, the longest first. `at_host` and `in_all` are how many there may be."""

    at_host: int
    in_all: int
    _kept: dict[str, Kept[C]] = field(default_factory=dict)

    @property
    def accounts(self) -> list[str]:
        """The accounts that have one."""
        return list(self._kept)

    def take(self, account: str) -> Kept[C] | None:
        """Take the account's out."""
        return self._kept.pop(account, None)

    def put(self, kept: Kept[C]) -> list[Kept[C]]:
        """Keep one; return those that have to go instead."""
        gone = [before] if (before := self.take(kept.account)) is not None else []
        self._kept[kept.account] = kept
        there = [each for each in self._kept.values() if each.host == kept.host]
        if len(there) > self.at_host:
            gone.append(self._kept.pop(there[0].account))
        if len(self._kept) > self.in_all:
            gone.append(self._kept.pop(next(iter(self._kept))))
        return gone

    def remove(self, kept: Kept[C]) -> bool:
        """Take exactly this one out; return whether it was still there."""
        if self._kept.get(kept.account) is not kept:
            return False
        del self._kept[kept.account]
        return True

    def due(self, since: float) -> list[Kept[C]]:
        """Take those out that have rested since this time or longer."""
        gone = [each for each in self._kept.values() if each.since <= since]
        for each in gone:
            del self._kept[each.account]
        return gone

    def first(self) -> float | None:
        """Since when the longest has rested."""
        return next((each.since for each in self._kept.values()), None)

    def __iter__(self) -> Iterator[Kept[C]]:
        return iter(list(self._kept.values()))
