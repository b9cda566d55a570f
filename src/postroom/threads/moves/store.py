"""The SQL for messages that left their place: what they are called, and where a COPYUID proved that they are.

A row is about one message id: the number of a folder and a UID. The sync writes the name of a message that it finds
gone. The request that moved messages writes where they are. Each writes its own columns, so their order is free.
Rows go after 30 days. An account keeps its newest 10,000, all of the same moment as the last of them, and those since
they were last counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from postroom.mail.ids import MessageId
from postroom.storage.tables import message_moves
from postroom.storage.upsert import insert_into
from postroom.threads.entries import Entry

__all__ = ["KEPT", "Left", "find", "put_moved", "put_names"]

KEPT: Final = 10_000
"""Rows that an account keeps."""

_COUNTED_EVERY: Final = 127
"""Counting reads as many index rows as are kept. It happens for the UIDs that this number divides, about every 127th
message. It is a prime, because servers may give out only even or odd UIDs."""

_LONGEST: Final = 30 * 24 * 3600 * 1000


class Left(NamedTuple):
    """What is known of a message that left. `name` and `size` are as in the index, None when the sync did not see it.

    `to` is where it was moved, None when no COPYUID told.
    """

    name: int | None
    size: int | None
    to: MessageId | None


_FIND: Final = sa.select(
    message_moves.c.name, message_moves.c.size, message_moves.c.new_number, message_moves.c.new_uid
).where(
    message_moves.c.account_key == sa.bindparam("of"),
    message_moves.c.number == sa.bindparam("folder"),
    message_moves.c.uid == sa.bindparam("at_uid"),
)
_OLDEST_KEPT: Final = (
    sa.select(message_moves.c.at)
    .where(message_moves.c.account_key == sa.bindparam("of"))
    .order_by(message_moves.c.at.desc())
    .limit(1)
    .offset(KEPT - 1)
    .scalar_subquery()
)
_PRUNE: Final = sa.delete(message_moves).where(message_moves.c.account_key == sa.bindparam("of"))
_OLD: Final = _PRUNE.where(message_moves.c.at < sa.bindparam("since"))
_SURPLUS: Final = _PRUNE.where(message_moves.c.at < sa.func.coalesce(_OLDEST_KEPT, 0))


def find(conn: sa.Connection, account_key: int, at: MessageId) -> Left | None:
    """Return what is known of a message that left this place, None for nothing."""
    row = conn.execute(_FIND, {"of": account_key, "folder": at.number, "at_uid": at.uid}).first()
    if row is None:
        return None
    to = None if row.new_number is None else MessageId(row.new_number, row.new_uid)
    return Left(row.name, row.size, to)


def put_names(conn: sa.Connection, account_key: int, number: int, gone: Mapping[int, Entry], now: int) -> None:
    """Store what messages were called that are gone from a folder, by UID. Those without a name are left out.

    The check of the lease comes first. Of many messages, only the newest are stored.
    """
    rows = [
        {"account_key": account_key, "number": number, "uid": uid, "name": each.name, "size": each.size, "at": now}
        for uid, each in sorted(gone.items())
        if each.name
    ]
    _put(conn, account_key, rows, ("name", "size"), now)


def put_moved(conn: sa.Connection, account_key: int, moved: Sequence[tuple[MessageId, MessageId]], now: int) -> None:
    """Store where messages were moved, as the place before and after. Call `numbers_store.lock` before."""
    rows = [
        {
            "account_key": account_key,
            "number": old.number,
            "uid": old.uid,
            "new_number": new.number,
            "new_uid": new.uid,
            "at": now,
        }
        for old, new in moved
    ]
    _put(conn, account_key, rows, ("new_number", "new_uid"), now)


def _put(
    conn: sa.Connection, account_key: int, rows: Sequence[Mapping[str, int]], columns: tuple[str, str], now: int
) -> None:
    if rows:
        conn.execute(_upsert(conn.dialect.name, columns), rows[-KEPT:])
        conn.execute(_OLD, {"of": account_key, "since": now - _LONGEST})
        if any(row["uid"] % _COUNTED_EVERY == 0 for row in rows):
            conn.execute(_SURPLUS, {"of": account_key})


@cache
def _upsert(dialect: str, columns: tuple[str, str]) -> Any:
    insert = insert_into(message_moves, dialect)
    fresh = {each: insert.excluded[each] for each in (*columns, "at")}
    return insert.on_conflict_do_update(index_elements=["account_key", "number", "uid"], set_=fresh)
