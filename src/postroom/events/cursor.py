"""Reads the log by cursor: a reader that keeps the number of its last event misses none and sees none twice."""

from __future__ import annotations

from typing import Final

from postroom.events import store
from postroom.events.model import EVERYTHING, CursorExpired, EventsPage, LoggedEvent, LogNews, WantedEvents
from postroom.storage.statements.connection import Connection

_LOOKS: Final = 5


def page(
    conn: Connection,
    after: int | None,
    *,
    wanted: WantedEvents = EVERYTHING,
    upto: int | None = None,
    limit: int = 100,
    max_size: int = 8 * 1024 * 1024,
) -> EventsPage:
    """Return the next events after a cursor (None: from the oldest kept), up to `limit` or `max_size` characters.

    `upto` is the last number to read; the caller knows that the log is complete up to it. After the last page the
    cursor moves to the newest event, wanted or not, so a reader that wants few events does not expire.

    Raises CursorExpired, also for a cursor beyond the newest event. Such a cursor is older than the restore of a
    backup, and would skip new events until their numbers reach it.
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


def news(conn: Connection, after: int, most: int = 1000) -> LogNews:
    """Return the news since a number: the kinds of the new events, not the events.

    The kinds are unknown (None) when some of these events are no longer kept: each reader must find out by itself
    whether it missed one.
    """
    pruned = store.pruned_to(conn)
    end = max(store.newest(conn), pruned)
    if end < after:
        # The log was replaced, for instance by a restored backup.
        return LogNews(end, None, is_behind=False)
    position = _complete_to(conn, after, end)
    found = store.kinds_between(conn, after, position, most + 1)
    is_known = len(found) <= most and after >= pruned
    kinds = frozenset(found) if is_known else None
    return LogNews(position, kinds, is_behind=position < end)


def _complete_to(conn: Connection, after: int, end: int) -> int:
    """Return `end`, the newest number seen, once the log is complete up to it; `after` if that takes too long."""
    if conn.dialect.name != "postgresql" or end <= after:
        return end
    mine = store.own_transaction(conn)
    for _ in range(_LOOKS):
        if store.oldest_transaction(conn) >= mine:
            return end
        store.pause(conn)
    return after


def here(conn: Connection) -> int:
    """Return the cursor of a reader that begins now."""
    return _complete_to(conn, 0, newest(conn)) or newest(conn)


def newest(conn: Connection) -> int:
    """Return the number of the newest event that has been announced, 0 when there has been none."""
    return max(store.newest(conn), store.pruned_to(conn))


def read_after(conn: Connection, account_key: int, account_seq: int, limit: int = 100) -> list[LoggedEvent]:
    """Return the next events of one account after a number, in order."""
    return store.events_of(conn, account_key, account_seq, limit)
