"""SQL for the messages of folders: chunks by number, each a row of a few hundred bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from postroom.imap.sets import UidSet
from postroom.storage.tables import mailbox_chunks
from postroom.sync.content import Chunk, decode_chunk, encode_chunk

# SQLite takes 32,766 variables in a statement.
_GROUP = 5000


def load(conn: sa.Connection, mailbox_id: int, numbers: Collection[int]) -> dict[int, Chunk]:
    """Return chunks by number, an empty one where there is none yet."""
    wanted = sorted(numbers)
    found = dict.fromkeys(wanted, Chunk())
    columns = mailbox_chunks.c
    for at in range(0, len(wanted), _GROUP):
        part = wanted[at : at + _GROUP]
        query = sa.select(columns.number, columns.data).where(
            columns.mailbox_id == mailbox_id, columns.number.in_(part)
        )
        for number, data in conn.execute(query):
            found[number] = decode_chunk(number, data)
    return found


def numbers(conn: sa.Connection, mailbox_id: int) -> list[int]:
    """Return the numbers of the chunks there are, ascending."""
    columns = mailbox_chunks.c
    query = sa.select(columns.number).where(columns.mailbox_id == mailbox_id).order_by(columns.number)
    return list(conn.execute(query).scalars())


def uids(conn: sa.Connection, mailbox_id: int) -> UidSet:
    """Return every known UID of a folder."""
    columns = mailbox_chunks.c
    query = sa.select(columns.number, columns.data).where(columns.mailbox_id == mailbox_id).order_by(columns.number)
    return UidSet(each for number, data in conn.execute(query) for each in decode_chunk(number, data).uids.ranges)


def save(conn: sa.Connection, mailbox_id: int, chunks: Mapping[int, Chunk]) -> None:
    """Store chunks; one that has become empty is removed."""
    empty = [number for number, chunk in chunks.items() if not chunk.uids]
    if empty:
        columns = mailbox_chunks.c
        conn.execute(sa.delete(mailbox_chunks).where(columns.mailbox_id == mailbox_id, columns.number.in_(empty)))
    rows = [
        {"mailbox_id": mailbox_id, "number": number, "messages": len(chunk.uids), "data": encode_chunk(chunk)}
        for number, chunk in chunks.items()
        if chunk.uids
    ]
    if rows:
        conn.execute(_UPSERT[conn.dialect.name], rows)


def forget(conn: sa.Connection, mailbox_ids: Iterable[int]) -> None:
    """Remove every chunk of these folders."""
    conn.execute(sa.delete(mailbox_chunks).where(mailbox_chunks.c.mailbox_id.in_(list(mailbox_ids))))


def _upsert(insert: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    fresh = {"messages": insert.excluded.messages, "data": insert.excluded.data}
    return insert.on_conflict_do_update(index_elements=["mailbox_id", "number"], set_=fresh)


_UPSERT = {
    "sqlite": _upsert(sqlite.insert(mailbox_chunks)),
    "postgresql": _upsert(postgresql.insert(mailbox_chunks)),
}
