"""Reading the log by cursor: a reader that keeps the number of its last event misses none and sees none twice."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from postroom.events import store
from postroom.events.model import EVERYTHING, CursorExpired, EventsPage, LoggedEvent, LogNews, WantedEvents

_LOOKS: Final = 5


def page(
    conn: sa.Connection,
    after: int | None,
    *,
    wanted: WantedEvents = EVERYTHING,
    upto: int | None = None,
    limit: int = 100,
    max_size: int = 8 * 1024 * 1024,
) -> EventsPage:
    """Return the next events after a cursor (None: from the oldest kept), cut where they reach `max_size` characters.

    `upto` is the last number to read, of which the caller knows that nothing up to it can be missing any more.

    Once all has been read the cursor is that of the newest event, wanted or not, so that a reader who wants few does
    not fall behind what is kept. Raises CursorExpired, also for a cursor beyond the newest event: after a backup was
    restored it would silently step over what happens until the numbers reach it again.
    """
    pruned = store.pruned_to(conn)
    if after is not None and after < pruned:
        raise CursorExpired.pruned(pruned)
    begin = pruned if after is None else after
    end = newest(conn) if upto is None else upto
    if begin > end:
        raise CursorExpired.unknown(end)
    end = _complete_to(conn, begin, end) if upto is None else end
    found: list[LoggedEvent] = []
    size = 0
    with store.events_between(conn, begin, end, wanted, limit + 1) as rows:
        for event in rows:
            if len(found) == limit or size >= max_size:
                return EventsPage(found, found[-1].seq, more=True)
            found.append(event)
            size += len(event.payload)
    return EventsPage(found, max(begin, end), more=False)


def news(conn: sa.Connection, after: int, most: int = 1000) -> LogNews:
    """Return what came since a number, without the events themselves."""
    end = newest(conn)
    if end < after:
        # This is another log than before.
        return LogNews(end, None, is_behind=False)
    position = _complete_to(conn, after, end)
    found = store.kinds_between(conn, after, position, most + 1)
    kinds = None if len(found) > most else frozenset(found)
    return LogNews(position, kinds, is_behind=position < end)


def _complete_to(conn: sa.Connection, after: int, end: int) -> int:
    """Return `end`, the newest number seen, once nothing up to it can be missing; `after` if that is not known soon."""
    if conn.dialect.name != "postgresql" or end <= after:
        return end
    mine = store.own_transaction(conn)
    for _ in range(_LOOKS):
        if store.oldest_transaction(conn) >= mine:
            return end
        store.pause(conn)
    return after


def here(conn: sa.Connection) -> int:
    """Return the cursor of a reader who begins now."""
    return _complete_to(conn, 0, newest(conn)) or newest(conn)


def newest(conn: sa.Connection) -> int:
    """Return the number of the newest event that has been announced, 0 when there has been none."""
    return max(store.newest(conn), store.pruned_to(conn))


def read_after(conn: sa.Connection, account_key: int, account_seq: int, limit: int = 100) -> list[LoggedEvent]:
    """Return the next events of one account after a number, in order."""
    return store.events_of(conn, account_key, account_seq, limit)
