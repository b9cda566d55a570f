"""Reads the state changes of all accounts as they are recorded, for watchers."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from postroom.accounts.changes.state_change import ChangesPlace, StateChange
from postroom.accounts.lifecycle import State
from postroom.accounts.rights.notes import is_note
from postroom.storage.tables import accounts, timeline

# A long transaction can commit rows with lower numbers than those already read, so the reader looks back this far.
_OVERLAP: Final = 50
_NEWEST = sa.select(sa.func.coalesce(sa.func.max(timeline.c.id), 0))
_CHANGES = (
    sa.select(timeline.c.id, timeline.c.at, accounts.c.account, timeline.c.state, timeline.c.detail)
    .join(accounts, accounts.c.key == timeline.c.account_key)
    .where(timeline.c.id > sa.bindparam("after"))
    .order_by(timeline.c.id)
    .limit(sa.bindparam("limit"))
)


def here(conn: sa.Connection) -> ChangesPlace:
    """Return the place after all recorded changes."""
    last = int(conn.execute(_NEWEST).scalar_one())
    return ChangesPlace(last, _marks(_after(conn, last - _OVERLAP, _OVERLAP), last))


def read(conn: sa.Connection, place: ChangesPlace, limit: int = 200) -> tuple[list[StateChange], ChangesPlace]:
    """Return the next state changes in the order of their numbers, and the place after them.

    Changes of accounts that were deleted since are not included.
    """
    if int(conn.execute(_NEWEST).scalar_one()) < place.last - _OVERLAP:
        # The rows with the highest numbers were deleted with their account, and SQLite reuses the numbers.
        return [], here(conn)
    found = _after(conn, place.last - _OVERLAP, limit + _OVERLAP)
    new = [change for change in found if (change.id, change.at) not in place.seen and not is_note(change.error)]
    last = max([place.last, *(change.id for change in found)])
    return new, ChangesPlace(last, _marks(found, last))


def _after(conn: sa.Connection, after: int, limit: int) -> list[StateChange]:
    rows = conn.execute(_CHANGES, {"after": after, "limit": limit})
    return [StateChange(id_, at, account, State(state), error) for id_, at, account, state, error in rows]


def _marks(found: list[StateChange], last: int) -> frozenset[tuple[int, int]]:
    return frozenset((change.id, change.at) for change in found if change.id > last - _OVERLAP)
