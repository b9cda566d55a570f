"""Where a message may be now that is no longer at its id: where it was moved, and where the index knows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from postroom.accounts import store as accounts_store
from postroom.folders import numbers_store
from postroom.footprint.dataclass import dataclass
from postroom.imap.responses import FetchData
from postroom.mail.identity.links import own_name
from postroom.mail.ids import MessageId
from postroom.storage.statements.connection import Connection
from postroom.threads import store as index_store
from postroom.threads.entries import Entry
from postroom.threads.moves import store as moves_store
from postroom.threads.store import Indexed

__all__ = ["Whereabouts", "best_first", "whereabouts"]

_MOST_MOVES: Final = 8
"""Moves of one message that are followed."""

_LAST: Final = ("\\Trash", "\\Junk")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A place where a message may be, and by what it is recognised: name and size, None when not known."""

    path: str
    uidvalidity: int
    uid: int
    name: int | None
    size: int | None

    def is_it(self, data: FetchData) -> bool:
        """Whether what the server tells of the message at this place fits."""
        return self.name in (None, own_name(data)) and self.size in (None, data.size)


def whereabouts(conn: Connection, account: str, left: MessageId) -> list[Whereabouts]:
    """Return the places of a message that is no longer at its id, the most probable first.

    First where requests moved it, the last move first. Then where the index has a message of its name and size.
    """
    row = accounts_store.find(conn, account)
    if row is None:
        return []
    places, entry = _followed(conn, row.key, left)
    name, size = (None, None) if entry is None else (entry.name, entry.size or None)
    found = []
    for each in reversed(places[1:]):
        folder = numbers_store.find_numbered(conn, row.key, each.number)
        if folder is not None:
            found.append(Whereabouts(folder.path, folder.uidvalidity, each.uid, name, size))
    indexed = [] if name is None else index_store.holding(conn, row.key, {name})
    for known in best_first(indexed):
        place = Whereabouts(known.path, known.uidvalidity, known.uid, name, size)
        is_old = (known.number, known.uid) == (left.number, left.uid)
        if known.entry.name == name and size in (None, known.entry.size) and not is_old and place not in found:
            found.append(place)
    return found


def best_first(found: Iterable[Indexed]) -> list[Indexed]:
    """Return copies of a message, the best place first. A copy in Trash or Junk counts last, in INBOX first."""
    return sorted(found, key=lambda each: (each.special_use in _LAST, each.path != "INBOX", each.path, -each.uid))


def _followed(conn: Connection, account_key: int, left: MessageId) -> tuple[list[MessageId], Entry | None]:
    """Return the places that a message had one after the other, and what it is called if that is known."""
    places, entry = [left], None
    while True:
        known = moves_store.find(conn, account_key, places[-1])
        if known is not None and known.name is not None:
            entry = Entry(known.name, 0, known.size or 0)
        # The sync may not have seen yet that it left.
        entry = entry or _entry_at(conn, account_key, places[-1])
        if known is None or known.to is None or known.to in places or len(places) > _MOST_MOVES:
            return places, entry
        places.append(known.to)


def _entry_at(conn: Connection, account_key: int, at: MessageId) -> Entry | None:
    folder = numbers_store.find_numbered(conn, account_key, at.number)
    of = None if folder is None else index_store.mailbox_id(conn, account_key, folder.path, folder.uidvalidity)
    entry = None if of is None else index_store.entries_at(conn, of, (at.uid,)).get(at.uid)
    return entry if entry is not None and entry.name else None
