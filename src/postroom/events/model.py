"""The shapes of the event log: an event as it is logged, which events are wanted, a page of them, what is new. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from postroom.errors import Permanent


class CursorExpired(Permanent):
    """What follows this cursor cannot be told: read the accounts anew, then go on with `oldest`."""

    code = "CursorExpired"

    def __init__(self, oldest: int, reason: str) -> None:
        super().__init__(f"{reason} Read the accounts anew, then go on with since={oldest}.")
        self.oldest = oldest

    @classmethod
    def pruned(cls, oldest: int) -> CursorExpired:
        """The events right after the cursor are no longer kept; `oldest` is where those that are begin."""
        return cls(oldest, f"Events up to number {oldest} are no longer kept, so some after this cursor are gone.")

    @classmethod
    def unknown(cls, newest: int) -> CursorExpired:
        """This log, whose newest event is `newest`, never gave the cursor out: a backup may have been restored."""
        return cls(newest, f"This cursor is not of this log, whose newest event has number {newest}.")


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One row of the log; `payload` is the webhook body as text, complete but for the service URL."""

    seq: int
    account_key: int
    account: str
    account_seq: int
    id: str
    type: str
    at: int
    payload: str


@dataclass(frozen=True, slots=True)
class WantedEvents:
    """Which events to read; without values, all.

    `account` is an id, whoever had it when the event happened; `key` is one holder of that id, as accounts are told
    apart by their rows. Empty `types` means all.
    """

    account: str | None = None
    key: int | None = None
    types: tuple[str, ...] = ()

    def has(self, kind: EventKind) -> bool:
        """Whether events of a kind are wanted."""
        is_theirs = self.account in (None, kind.account) and self.key in (None, kind.key)
        return is_theirs and (not self.types or kind.type in self.types)


EVERYTHING: Final = WantedEvents()


@dataclass(frozen=True, slots=True)
class EventsPage:
    """Events in order. `cursor` is where to go on, `more` says that there was more to read at once."""

    events: list[LoggedEvent]
    cursor: int
    more: bool


@dataclass(frozen=True, slots=True)
class EventKind:
    """What decides whether somebody wants an event: the account, which of its holders, and the type."""

    account: str
    key: int
    type: str


@dataclass(frozen=True, slots=True)
class LogNews:
    """What came into the log: up to number `position`, of which `kinds`; None for more than can be told.

    `is_behind` says that the log holds more already, of which something may still be missing.
    """

    position: int
    kinds: frozenset[EventKind] | None
    is_behind: bool
