"""A state change as those who watch get it, and how far a watcher has come. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.accounts.known.last_error import LastError
from postroom.accounts.lifecycle import State


@dataclass(frozen=True, slots=True)
class StateChange:
    """One state change; `error` is the account's `lastError` if it came with one."""

    id: int
    at: int
    account: str
    state: State
    error: LastError | None


@dataclass(frozen=True, slots=True)
class ChangesPlace:
    """How far a watcher has come: the number of the last change, and which of those shortly before it were seen."""

    last: int
    seen: frozenset[tuple[int, int]]
