"""A state change as watchers get it, and the place that a watcher has reached. Pure."""

from __future__ import annotations

from postroom.accounts.known.last_error import LastError
from postroom.accounts.lifecycle import State
from postroom.footprint.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class StateChange:
    """One state change; `error` is the account's `lastError`, if it came with one."""

    id: int
    at: int
    account: str
    state: State
    error: LastError | None


@dataclass(frozen=True, slots=True)
class ChangesPlace:
    """The place of a watcher: the number of the last change it read, and which of those shortly before it has read."""

    last: int
    seen: frozenset[tuple[int, int]]
