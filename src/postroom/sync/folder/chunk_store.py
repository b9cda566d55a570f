"""The SQL for a folder's messages: chunks by number, each a row of a few hundred bytes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from postroom.imap.sets import UidSet
from postroom.storage.statements.connection import AskedRows, Connection
from postroom.storage.tables import mailbox_chunks
from postroom.storage.upsert import insert_into
from postroom.sync.folder.chunks import Chunk, decode_chunk, decode_uids, encode_chunk

# SQLite allows 32,766 variables in a statement.
_GROUP = 5000
# Built once, because SQLAlchemy takes longer to build a statement than SQLite takes to run it.
_CHUNKS = sa.select(mailbox_chunks.c.number, mailbox_chunks.c.data).where(
    mailbox_chunks.c.mailbox_id == sa.bindparam("of")
)
_ONE = _CHUNKS.where(mailbox_chunks.c.number == sa.bindparam("number"))
_SOME = _CHUNKS.where(mailbox_chunks.c.number.in_(sa.bindparam("numbers", expanding=True)))
_NUMBERS = (
    sa.select(mailbox_chunks.c.number)
    .where(mailbox_chunks.c.mailbox_id == sa.bindparam("of"))
    .order_by(mailbox_chunks.c.number)
)
_DELETE = sa.delete(mailbox_chunks).where(
    mailbox_chunks.c.mailbox_id == sa.bindparam("of"),
    mailbox_chunks.c.number.in_(sa.bindparam("numbers", expanding=True)),
)
_FORGET = sa.delete(mailbox_chunks).where(mailbox_chunks.c.mailbox_id.in_(sa.bindparam("ids", expanding=True)))


def load(conn: Connection, mailbox_id: int, numbers: Collection[int]) -> dict[int, Chunk]:
    """Return chunks by number; a chunk that is not stored is empty."""
    return ask(conn, mailbox_id, numbers)()


def ask(conn: Connection, mailbox_id: int, numbers: Collection[int]) -> Callable[[], dict[int, Chunk]]:
    """Ask for chunks. Call what is returned when they are needed."""
    wanted = sorted(numbers)
    parts = [_ask(conn, mailbox_id, wanted[at : at + _GROUP]) for at in range(0, len(wanted), _GROUP)]
    return lambda: (
        dict.fromkeys(wanted, Chunk())
        | {number: decode_chunk(number, data) for part in parts for number, data in part()}
    )


def _ask(conn: Connection, mailbox_id: int, numbers: list[int]) -> AskedRows[int, bytes]:
    # Nearly always it is one chunk. With a list of values SQLAlchemy would compile the statement again.
    if len(numbers) == 1:
        return conn.ask(_ONE, {"of": mailbox_id, "number": numbers[0]})
    return conn.ask(_SOME, {"of": mailbox_id, "numbers": numbers})


def numbers(conn: Connection, mailbox_id: int) -> list[int]:
    """Return the numbers of the stored chunks, ascending."""
    return list(conn.execute(_NUMBERS, {"of": mailbox_id}).scalars())


def uids(conn: Connection, mailbox_id: int, numbers: Collection[int]) -> UidSet:
    """Return the known UIDs of some chunks of a folder."""
    found = conn.execute(_SOME, {"of": mailbox_id, "numbers": list(numbers)}).all()
    return UidSet.joined(decode_uids(number, data) for number, data in sorted(map(tuple, found)))


def save(conn: Connection, mailbox_id: int, chunks: Mapping[int, Chunk]) -> None:
    """Store chunks; remove those that have become empty."""
    empty = [number for number, chunk in chunks.items() if not chunk.uids]
    if empty:
        conn.execute(_DELETE, {"of": mailbox_id, "numbers": empty})
    rows = [
        {"mailbox_id": mailbox_id, "number": number, "messages": len(chunk.uids), "data": encode_chunk(chunk)}
        for number, chunk in chunks.items()
        if chunk.uids
    ]
    if rows:
        conn.defer(_upsert(conn.dialect.name), rows)


def forget(conn: Connection, mailbox_ids: Iterable[int]) -> None:
    """Remove every chunk of these folders."""
    conn.execute(_FORGET, {"ids": list(mailbox_ids)})


@cache
def _upsert(dialect: str) -> Any:
    insert = insert_into(mailbox_chunks, dialect)
    fresh = {"messages": insert.excluded.messages, "data": insert.excluded.data}
    return insert.on_conflict_do_update(index_elements=["mailbox_id", "number"], set_=fresh)
