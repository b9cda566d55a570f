"""Reads the log by cursor: a reader that keeps the number of its last event misses none and sees none twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from postroom.errors import Permanent
from postroom.storage.tables import events, meta
from postroom.storage.upsert import insert_into

_PRUNED = "events_pruned"
_EVENT = (
    events.c.seq,
    events.c.account_key,
    events.c.account,
    events.c.account_seq,
    events.c.id,
    events.c.type,
    events.c.at,
    events.c.payload,
)
# PostgreSQL assigns sequence numbers before transactions commit, so a lower number may appear later. A writer gets its
# transaction id before its number. Once every transaction older than one begun now has ended, the log is complete up to
# the newest number seen before.
_BEGIN_NOW = sa.select(sa.cast(sa.cast(sa.func.pg_current_xact_id(), sa.Text), sa.BigInteger))
_OLDEST_RUNNING = sa.select(
    sa.cast(sa.cast(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot()), sa.Text), sa.BigInteger)
)
_PAUSE = sa.select(sa.func.pg_sleep(0.01))
_LOOKS: Final = 5
# Payloads may be megabytes, so a page that is cut by size must not load all of them first.
_FEW_AT_A_TIME: Final = {"stream_results": True, "max_row_buffer": 8}


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
class Wanted:
    """Which events to read. Every empty field means all.

    `account` is an id, which several accounts may have had one after the other. `key` is the row of one of them.
    """

    account: str | None = None
    key: int | None = None
    types: tuple[str, ...] = ()

    def has(self, kind: Kind) -> bool:
        """Say whether events of a kind are wanted."""
        is_theirs = self.account in (None, kind.account) and self.key in (None, kind.key)
        return is_theirs and (not self.types or kind.type in self.types)


EVERYTHING: Final = Wanted()


@dataclass(frozen=True, slots=True)
class EventsPage:
    """Events in order. Reading continues at `cursor`; `more` says that more events are there already."""

    events: list[LoggedEvent]
    cursor: int
    more: bool


def page(
    conn: sa.Connection,
    after: int | None,
    *,
    wanted: Wanted = EVERYTHING,
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
    pruned = pruned_to(conn)
    if after is not None and after < pruned:
        raise CursorExpired.pruned(pruned)
    begin = pruned if after is None else after
    end = newest(conn) if upto is None else upto
    if begin > end:
        raise CursorExpired.unknown(end)
    end = _complete_to(conn, begin, end) if upto is None else end
    found: list[LoggedEvent] = []
    size = 0
    with conn.execute(_between(begin, end, wanted).limit(limit + 1), execution_options=_FEW_AT_A_TIME) as rows:
        for row in rows:
            if len(found) == limit or size >= max_size:
                return EventsPage(found, found[-1].seq, more=True)
            found.append(LoggedEvent(*row))
            size += len(found[-1].payload)
    return EventsPage(found, max(begin, end), more=False)


@dataclass(frozen=True, slots=True)
class Kind:
    """The attributes of an event that filters look at: the account id, the account's row, and the type."""

    account: str
    key: int
    type: str


@dataclass(frozen=True, slots=True)
class News:
    """The new events up to number `position`. `kinds` are their kinds, None when there are too many to list.

    `is_behind` says that the log holds newer events, but may not be complete up to them yet.
    """

    position: int
    kinds: frozenset[Kind] | None
    is_behind: bool


def news(conn: sa.Connection, after: int, most: int = 1000) -> News:
    """Return the news since a number: the kinds of the new events, not the events."""
    end = newest(conn)
    if end < after:
        # The log was replaced, for instance by a restored backup.
        return News(end, None, is_behind=False)
    position = _complete_to(conn, after, end)
    query = sa.select(events.c.account, events.c.account_key, events.c.type)
    rows = conn.execute(query.where(events.c.seq > after, events.c.seq <= position).limit(most + 1)).all()
    kinds = None if len(rows) > most else frozenset(Kind(*row) for row in rows)
    return News(position, kinds, is_behind=position < end)


def _between(after: int, end: int, wanted: Wanted) -> sa.Select[Any]:
    conditions: list[sa.ColumnElement[bool]] = [events.c.seq > after, events.c.seq <= end]
    if wanted.account is not None:
        conditions.append(events.c.account == wanted.account)
    if wanted.key is not None:
        # Start at this account's first event. Events of earlier accounts with the same id may be a week of mail.
        first = (
            sa.select(events.c.seq).where(events.c.account_key == wanted.key).order_by(events.c.account_seq).limit(1)
        )
        conditions += [events.c.account_key == wanted.key, events.c.seq >= first.scalar_subquery()]
    if wanted.types:
        conditions.append(events.c.type.in_(wanted.types))
    return sa.select(*_EVENT).where(*conditions).order_by(events.c.seq)


def _complete_to(conn: sa.Connection, after: int, end: int) -> int:
    """Return `end`, the newest number seen, once the log is complete up to it; `after` if that takes too long."""
    if conn.dialect.name != "postgresql" or end <= after:
        return end
    mine = conn.execute(_BEGIN_NOW).scalar_one()
    for _ in range(_LOOKS):
        if conn.execute(_OLDEST_RUNNING).scalar_one() >= mine:
            return end
        conn.execute(_PAUSE)
    return after


def here(conn: sa.Connection) -> int:
    """Return the cursor of a reader that begins now."""
    return _complete_to(conn, 0, newest(conn)) or newest(conn)


def newest(conn: sa.Connection) -> int:
    """Return the number of the newest event that has been announced, 0 when there has been none."""
    return max(int(conn.execute(sa.select(sa.func.max(events.c.seq))).scalar_one() or 0), pruned_to(conn))


def pruned_to(conn: sa.Connection) -> int:
    """Return the number of the newest event that was pruned, 0 when none was."""
    return int(conn.execute(sa.select(meta.c.value).where(meta.c.name == _PRUNED)).scalar_one_or_none() or 0)


def note_pruned(conn: sa.Connection, seq: int) -> None:
    """Store that events up to `seq` may be gone."""
    statement = insert_into(meta, conn.dialect.name).values(name=_PRUNED, value=str(max(seq, pruned_to(conn))))
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value}))


def read_after(conn: sa.Connection, account_key: int, account_seq: int, limit: int = 100) -> list[LoggedEvent]:
    """Return the next events of one account after a number, in order."""
    query = (
        sa.select(*_EVENT)
        .where(events.c.account_key == account_key, events.c.account_seq > account_seq)
        .order_by(events.c.account_seq)
        .limit(limit)
    )
    return [LoggedEvent(*row) for row in conn.execute(query)]
