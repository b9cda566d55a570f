"""Reads the state changes of all accounts as they are recorded, for watchers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import sqlalchemy as sa

from postroom.accounts.changes.state_change import ChangesPlace, StateChange
from postroom.accounts.known.details import Detail, SettingsNote, detail_of
from postroom.accounts.lifecycle import State
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, timeline

# A long transaction can commit rows with lower numbers than those already read, so the reader looks back this far. Some
# dozens of accounts may write in one transaction, and several such transactions at a time.
_OVERLAP: Final = 600
_NEWEST = sa.select(sa.func.coalesce(sa.func.max(timeline.c.id), 0))
_CHANGES = (
    sa.select(timeline.c.id, timeline.c.at, accounts.c.account, timeline.c.state, timeline.c.detail)
    .join(accounts, accounts.c.key == timeline.c.account_key)
    .where(timeline.c.id > sa.bindparam("after"))
    .order_by(timeline.c.id)
    .limit(sa.bindparam("limit"))
)


class _Line(NamedTuple):
    """A line of the timeline of any account."""

    id: int
    at: int
    account: str
    state: State
    detail: Detail | None


def here(conn: Connection) -> ChangesPlace:
    """Return the place after all recorded changes."""
    last = int(conn.execute(_NEWEST).scalar_one())
    return ChangesPlace(last, _marks(_after(conn, last - _OVERLAP, _OVERLAP), last))


def read(conn: Connection, place: ChangesPlace, limit: int = 200) -> tuple[list[StateChange], ChangesPlace]:
    """Return the next state changes in the order of their numbers, and the place after them.

    Changes of accounts that were deleted since are not included.
    """
    if int(conn.execute(_NEWEST).scalar_one()) < place.last - _OVERLAP:
        # The rows with the highest numbers were deleted with their account, and SQLite reuses the numbers.
        return [], here(conn)
    found = _after(conn, place.last - _OVERLAP, limit + _OVERLAP)
    new = [line for line in found if (line.id, line.at) not in place.seen]
    last = max([place.last, *(line.id for line in found)])
    return [*_changes(new)], ChangesPlace(last, _marks(found, last))


def _changes(lines: list[_Line]) -> Iterator[StateChange]:
    for line in lines:
        if not isinstance(line.detail, SettingsNote):
            yield StateChange(line.id, line.at, line.account, line.state, line.detail)


def _after(conn: Connection, after: int, limit: int) -> list[_Line]:
    rows = conn.execute(_CHANGES, {"after": after, "limit": limit})
    return [_Line(id_, at, account, State(state), detail_of(detail)) for id_, at, account, state, detail in rows]


def _marks(found: list[_Line], last: int) -> frozenset[tuple[int, int]]:
    return frozenset((line.id, line.at) for line in found if line.id > last - _OVERLAP)
