"""The values of the event log: logged events, filters, pages and news. Pure."""

from __future__ import annotations

from typing import Final

from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass


class CursorExpired(Permanent):
    """The events after this cursor cannot be read. Read the accounts again, then continue with cursor `oldest`."""

    code = "CursorExpired"

    def __init__(self, oldest: int, reason: str) -> None:
        super().__init__(f"{reason} Read the accounts anew, then go on with since={oldest}.")
        self.oldest = oldest

    @classmethod
    def pruned(cls, oldest: int) -> CursorExpired:
        """Return the error for a cursor whose next events were pruned; reading can continue after `oldest`."""
        return cls(oldest, f"Events up to number {oldest} are no longer kept, so some after this cursor are gone.")

    @classmethod
    def unknown(cls, newest: int) -> CursorExpired:
        """Return the error for a cursor beyond `newest`, the newest event: a backup may have been restored."""
        return cls(newest, f"This cursor is not of this log, whose newest event has number {newest}.")


class EventNotFound(Permanent):
    """There is no event with this number, or it is no longer kept."""

    code = "EventNotFound"


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One row of the log; `payload` is the webhook body as text, without the service URL."""

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
    """Which events to read. Every empty field means all.

    `account` is an id, which several accounts may have had one after the other. `key` is the row of one of them.
    `members` are JSON members such as `"isBounce":true`, one of which the payload must have.
    """

    account: str | None = None
    key: int | None = None
    types: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    def has(self, kind: EventKind) -> bool:
        """Say whether events of a kind are wanted, as far as the kind tells."""
        is_theirs = self.account in (None, kind.account) and self.key in (None, kind.key)
        return is_theirs and (not self.types or kind.type in self.types)


EVERYTHING: Final = WantedEvents()


@dataclass(frozen=True, slots=True)
class EventsPage:
    """Events in order. Reading continues at `cursor`; `more` says that more events are there already."""

    events: list[LoggedEvent]
    cursor: int
    more: bool


@dataclass(frozen=True, slots=True)
class EventKind:
    """The attributes of an event that filters look at: the account id, the account's row, and the type."""

    account: str
    key: int
    type: str


@dataclass(frozen=True, slots=True)
class LogNews:
    """The new events up to number `position`. `kinds` are their kinds, None when there are too many to list.

    `is_behind` says that the log holds newer events, but may not be complete up to them yet.
    """

    position: int
    kinds: frozenset[EventKind] | None
    is_behind: bool
