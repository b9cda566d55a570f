"""The SQL that removes names from the index of threads, a few buckets at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import mailboxes, thread_chunks, thread_joins, thread_names
from postroom.threads import store
from postroom.threads.entries import threads_of
from postroom.threads.sweeping import Swept, sweep, threads_in

__all__ = ["PAGE", "Place", "Sighting", "living", "related", "stale", "write"]

PAGE: Final = 512
"""Chunks in one read: 131,072 messages at most, 2.7 MB."""

_GROUP: Final = 5000
"""SQLite allows 32,766 variables in a statement."""

Place = tuple[int, int]
"""A chunk: the key of its folder and its number."""

_AFTER: Final = sa.tuple_(thread_chunks.c.mailbox_id, thread_chunks.c.number) > sa.tuple_(
    sa.bindparam("folder"), sa.bindparam("at")
)
_CHUNKS: Final = (
    sa.select(thread_chunks.c.mailbox_id, thread_chunks.c.number, thread_chunks.c.data)
    .join(mailboxes, mailboxes.c.id == thread_chunks.c.mailbox_id)
    .where(mailboxes.c.account_key == sa.bindparam("key"), _AFTER)
    .order_by(thread_chunks.c.mailbox_id, thread_chunks.c.number)
    .limit(PAGE)
)
_DELETE_PARTS: Final = sa.delete(thread_names).where(
    thread_names.c.account_key == sa.bindparam("key"),
    thread_names.c.number == sa.bindparam("bucket"),
    thread_names.c.part.in_(sa.bindparam("parts", expanding=True)),
)
_DELETE_JOINS: Final = sa.delete(thread_joins).where(
    thread_joins.c.account_key == sa.bindparam("key"), thread_joins.c.new.in_(sa.bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of an account in a period: the threads with a message, and those that were joined to others."""

    living: Collection[int]
    later: Mapping[int, int]
    period: int

    def sweep(self, parts: Mapping[int, bytes]) -> Swept:
        """Return a bucket with these parts after the look."""
        return sweep(parts, self.living, self.later, self.period)


def related(conn: Connection, account_key: int, buckets: Iterable[int]) -> dict[int, int]:
    """Return the threads of the names in some buckets, and those joined to them, each with the thread it is now."""
    stored = store.buckets(conn, account_key, buckets)
    found = threads_in(part for parts in stored.values() for part in parts.values())
    later = store.successors(conn, account_key, found)
    now = {later.get(thread, thread) for thread in found}
    return {thread: thread for thread in now} | later | store.aliases(conn, account_key, now)


def living(conn: Connection, account_key: int, wanted: Collection[int], after: Place) -> tuple[set[int], Place | None]:
    """Return which of some threads have a message in the next `PAGE` chunks, and the last of these; None at the end."""
    rows = conn.execute(_CHUNKS, {"key": account_key, "folder": after[0], "at": after[1]}).all()
    sought = frozenset(wanted)
    found = {thread for row in rows for thread in sought.intersection(threads_of(row.data))}
    return found, (rows[-1].mailbox_id, rows[-1].number) if len(rows) == PAGE else None


def stale(conn: Connection, account_key: int, buckets: Iterable[int], look: Sighting) -> list[int]:
    """Return those buckets in which a sweep changes something."""
    stored = store.buckets(conn, account_key, buckets)
    return [number for number, parts in stored.items() if look.sweep(parts).parts != parts]


def write(conn: Connection, account_key: int, bucket: int, look: Sighting) -> None:
    """Sweep a bucket as it is now. The check of the lease comes first."""
    before = store.buckets(conn, account_key, [bucket]).get(bucket, {})
    after = look.sweep(before)
    gone = sorted(before.keys() - after.parts.keys())
    for at in range(0, len(gone), _GROUP):
        conn.execute(_DELETE_PARTS, {"key": account_key, "bucket": bucket, "parts": gone[at : at + _GROUP]})
    fresh = {part: data for part, data in after.parts.items() if before.get(part) != data}
    store.put_parts(conn, account_key, {bucket: fresh})
    ended = sorted(after.ended)
    for at in range(0, len(ended), _GROUP):
        conn.execute(_DELETE_JOINS, {"key": account_key, "ids": ended[at : at + _GROUP]})
