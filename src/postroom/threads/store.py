"""The SQL for the index of threads: chunks of entries, buckets of names, and threads that were joined."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import mailbox_numbers, mailboxes, thread_chunks, thread_joins, thread_names
from postroom.storage.upsert import insert_into
from postroom.threads.entries import Entry, chunk_of, pack, packed_name, unpack
from postroom.threads.names import append, by_bucket, find
from postroom.threads.sweeping import is_ordinary

__all__ = [
    "Indexed",
    "aliases",
    "all_joins",
    "ask_near",
    "buckets",
    "entries_at",
    "forget",
    "holding",
    "load",
    "mailbox_id",
    "names",
    "newest_entries",
    "put_joins",
    "put_names",
    "put_parts",
    "save",
    "successors",
]

Buckets: TypeAlias = Mapping[int, Mapping[int, bytes]]
"""The parts of buckets of names, by the number of the bucket and of the part."""

Chunks: TypeAlias = dict[int, dict[int, Entry]]
"""Entries by UID, by the number of their chunk."""

_GROUP: Final = 5000
"""SQLite allows 32,766 variables in a statement."""


@dataclass(frozen=True, slots=True)
class Indexed:
    r"""A message of the index and where it lies. `number` stands for its folder in message ids.

    `special_use` is the folder's role (`\Sent`), None when it has none.
    """

    path: str
    special_use: str | None
    uidvalidity: int
    number: int | None
    mailbox_id: int
    uid: int
    entry: Entry


_FOLDER: Final = sa.select(mailboxes.c.id).where(
    mailboxes.c.account_key == sa.bindparam("key"),
    mailboxes.c.path == sa.bindparam("path"),
    mailboxes.c.uidvalidity == sa.bindparam("uidvalidity"),
)
_CHUNK: Final = sa.select(thread_chunks.c.number, thread_chunks.c.data).where(
    thread_chunks.c.mailbox_id == sa.bindparam("of")
)
_MOST_CHUNKS: Final = 80
_NEWEST: Final = _CHUNK.order_by(thread_chunks.c.number.desc()).limit(_MOST_CHUNKS + 1)
_ONE: Final = _CHUNK.where(thread_chunks.c.number == sa.bindparam("number"))
_SOME: Final = _CHUNK.where(thread_chunks.c.number.in_(sa.bindparam("numbers", expanding=True)))
_DELETE: Final = sa.delete(thread_chunks).where(
    thread_chunks.c.mailbox_id == sa.bindparam("of"),
    thread_chunks.c.number.in_(sa.bindparam("numbers", expanding=True)),
)
_FORGET: Final = sa.delete(thread_chunks).where(thread_chunks.c.mailbox_id.in_(sa.bindparam("ids", expanding=True)))
_BUCKET: Final = sa.select(thread_names.c.number, thread_names.c.part, thread_names.c.data).where(
    thread_names.c.account_key == sa.bindparam("key")
)
_ONE_BUCKET: Final = _BUCKET.where(thread_names.c.number == sa.bindparam("number"))
_NAMES: Final = _BUCKET.where(thread_names.c.number.in_(sa.bindparam("numbers", expanding=True)))
_ONE_OF_EACH: Final = sa.union_all(
    sa.select(thread_names.c.part, thread_names.c.data).where(
        thread_names.c.account_key == sa.bindparam("key"), thread_names.c.number == sa.bindparam("bucket")
    ),
    sa.select(sa.null().label("part"), thread_chunks.c.data).where(
        thread_chunks.c.mailbox_id == sa.bindparam("of"), thread_chunks.c.number == sa.bindparam("number")
    ),
)
_SUCCESSORS: Final = sa.select(thread_joins.c.old, thread_joins.c.new).where(
    thread_joins.c.account_key == sa.bindparam("key"), thread_joins.c.old.in_(sa.bindparam("ids", expanding=True))
)
_JOINS: Final = sa.select(thread_joins.c.old, thread_joins.c.new).where(
    thread_joins.c.account_key == sa.bindparam("key")
)
_ALIASES: Final = sa.select(thread_joins.c.old, thread_joins.c.new).where(
    thread_joins.c.account_key == sa.bindparam("key"), thread_joins.c.new.in_(sa.bindparam("ids", expanding=True))
)
_REDIRECT: Final = (
    sa.update(thread_joins)
    .where(thread_joins.c.account_key == sa.bindparam("key"), thread_joins.c.new == sa.bindparam("ended"))
    .values(new=sa.bindparam("successor"))
)
_NUMBERED: Final = sa.and_(
    mailbox_numbers.c.account_key == mailboxes.c.account_key,
    mailbox_numbers.c.path == mailboxes.c.path,
    mailbox_numbers.c.uidvalidity == mailboxes.c.uidvalidity,
)
_ALL: Final = (
    sa.select(
        *(mailboxes.c.path, mailboxes.c.special_use, mailboxes.c.uidvalidity, mailbox_numbers.c.number.label("folder")),
        *(mailboxes.c.id, thread_chunks.c.number, thread_chunks.c.data),
    )
    .select_from(
        thread_chunks.join(mailboxes, mailboxes.c.id == thread_chunks.c.mailbox_id).outerjoin(
            mailbox_numbers, _NUMBERED
        )
    )
    .where(mailboxes.c.account_key == sa.bindparam("key"))
    .order_by(mailboxes.c.path, thread_chunks.c.number)
)


# The entries of a folder.


def load(conn: Connection, mailbox_id: int, numbers: Collection[int]) -> Chunks:
    """Return chunks of entries by number, each by UID. A chunk that is not stored is empty."""
    return _ask_chunks(conn, mailbox_id, numbers)()


def _ask_chunks(conn: Connection, mailbox_id: int, numbers: Collection[int]) -> Callable[[], Chunks]:
    wanted = sorted(numbers)
    if len(wanted) == 1:
        # A message that comes is in one chunk. With a list of values SQLAlchemy would compile the statement again.
        answers = [conn.ask(_ONE, {"of": mailbox_id, "number": wanted[0]})]
    else:
        parts = (wanted[at : at + _GROUP] for at in range(0, len(wanted), _GROUP))
        answers = [conn.ask(_SOME, {"of": mailbox_id, "numbers": part}) for part in parts]
    return lambda: (
        {number: {} for number in wanted}
        | {number: unpack(number, data) for answer in answers for number, data in answer()}
    )


def save(conn: Connection, mailbox_id: int, chunks: Mapping[int, Mapping[int, Entry]]) -> None:
    """Store chunks; remove those that have become empty."""
    empty = [number for number, entries in chunks.items() if not entries]
    for at in range(0, len(empty), _GROUP):
        conn.execute(_DELETE, {"of": mailbox_id, "numbers": empty[at : at + _GROUP]})
    rows = [
        {"mailbox_id": mailbox_id, "number": number, "data": pack(entries)}
        for number, entries in chunks.items()
        if entries
    ]
    if rows:
        conn.defer(_upsert_chunk(conn.dialect.name), rows)


def mailbox_id(conn: Connection, account_key: int, path: str, uidvalidity: int) -> int | None:
    """Return the key of a stored folder, None if it is not stored with this UIDVALIDITY."""
    given = {"key": account_key, "path": path, "uidvalidity": uidvalidity}
    return conn.execute(_FOLDER, given).scalar()


def forget(conn: Connection, mailbox_ids: Iterable[int]) -> None:
    """Remove the entries of these folders."""
    conn.execute(_FORGET, {"ids": list(mailbox_ids)})


def newest_entries(conn: Connection, mailbox_id: int) -> tuple[dict[int, Entry], bool]:
    """Return the entries of a folder by UID, and whether these are all.

    They are those of the newest 80 chunks: up to 20,480 messages, and fewer where UIDs are missing.
    """
    rows = conn.execute(_NEWEST, {"of": mailbox_id}).all()
    found: dict[int, Entry] = {}
    for row in reversed(rows[:_MOST_CHUNKS]):
        found |= unpack(row.number, row.data)
    return found, len(rows) <= _MOST_CHUNKS


def entries_at(conn: Connection, mailbox_id: int, uids: Collection[int]) -> dict[int, Entry]:
    """Return the entries of some messages of a folder."""
    chunks = load(conn, mailbox_id, {chunk_of(uid) for uid in uids})
    return {uid: entry for entries in chunks.values() for uid, entry in entries.items() if uid in uids}


def holding(conn: Connection, account_key: int, wanted: Collection[int]) -> list[Indexed]:
    """Return the messages of an account whose name or thread is one of these, in order of folder and UID.

    The database looks through every chunk of the account: 20 MB for a million messages.
    """
    if not wanted:
        return []
    found = sa.or_(*(_contains(conn.dialect.name, packed_name(each)) for each in wanted))
    sought = frozenset(wanted)
    return [
        Indexed(path, special_use, uidvalidity or 0, folder, mailbox_id, uid, entry)
        for path, special_use, uidvalidity, folder, mailbox_id, number, data in conn.execute(
            _ALL.where(found), {"key": account_key}
        )
        for uid, entry in unpack(number, data).items()
        if entry.thread in sought or entry.name in sought
    ]


def _contains(dialect: str, octets: bytes) -> sa.ColumnElement[bool]:
    if dialect == "sqlite":
        return sa.func.instr(thread_chunks.c.data, octets) > 0
    return sa.func.position(sa.literal(octets, sa.LargeBinary).op("IN")(thread_chunks.c.data)) > 0


# The names of an account.


def names(conn: Connection, account_key: int, wanted: Collection[int], stored: Buckets | None = None) -> dict[int, int]:
    """Return the thread of each name that was seen before; a thread that was joined to another is that one.

    `stored` are the buckets of these names, if they were read before.
    """
    if not wanted:
        return {}
    parts = by_bucket(wanted)
    stored = buckets(conn, account_key, parts) if stored is None else stored
    found = {
        name: thread
        for number, part in parts.items()
        for name in part
        if (thread := find(stored.get(number, {}).values(), name)) is not None
    }
    later = successors(conn, account_key, set(found.values()))
    return {name: later.get(thread, thread) for name, thread in found.items()}


def put_names(conn: Connection, account_key: int, threads: Mapping[int, int], stored: Buckets | None = None) -> None:
    """Store the threads of names that were never seen before. `stored` is as for `names`."""
    if not threads:
        return
    given = by_bucket(threads)
    stored = buckets(conn, account_key, given) if stored is None else stored
    put_parts(
        conn,
        account_key,
        {
            number: _appended(stored.get(number, {}), {name: threads[name] for name in names})
            for number, names in given.items()
        },
    )


def _appended(parts: Mapping[int, bytes], threads: Mapping[int, int]) -> dict[int, bytes]:
    """Return the parts to write, by number. Names that were found dead are in parts of their own, behind these."""
    last = max((part for part in parts if is_ordinary(part)), default=0)
    return dict(enumerate(append(parts.get(last, b""), threads), last))


def put_parts(conn: Connection, account_key: int, parts: Mapping[int, Mapping[int, bytes]]) -> None:
    """Store parts of buckets, by the number of the bucket and of the part."""
    rows = [
        {"account_key": account_key, "number": number, "part": part, "data": data}
        for number, those in parts.items()
        for part, data in those.items()
    ]
    if rows:
        conn.defer(_upsert_names(conn.dialect.name), rows)


def successors(conn: Connection, account_key: int, threads: Collection[int]) -> dict[int, int]:
    """Return the thread that each of these was joined to, if it was."""
    found: dict[int, int] = {}
    wanted = list(threads)
    for at in range(0, len(wanted), _GROUP):
        rows = conn.execute(_SUCCESSORS, {"key": account_key, "ids": wanted[at : at + _GROUP]})
        found |= {row.old: row.new for row in rows}
    return found


def aliases(conn: Connection, account_key: int, threads: Collection[int]) -> dict[int, int]:
    """Return the threads that were joined to these, each with the one it was joined to."""
    found: dict[int, int] = {}
    wanted = list(threads)
    for at in range(0, len(wanted), _GROUP):
        rows = conn.execute(_ALIASES, {"key": account_key, "ids": wanted[at : at + _GROUP]})
        found |= {row.old: row.new for row in rows}
    return found


def all_joins(conn: Connection, account_key: int) -> dict[int, int]:
    """Return every thread of an account that was joined to another. These are few."""
    return {row.old: row.new for row in conn.execute(_JOINS, {"key": account_key})}


def put_joins(conn: Connection, account_key: int, joins: Mapping[int, int]) -> None:
    """Store that threads were joined to others. What was joined to them before is redirected."""
    if not joins:
        return
    conn.execute(_REDIRECT, [{"key": account_key, "ended": old, "successor": new} for old, new in joins.items()])
    conn.execute(
        _upsert_join(conn.dialect.name),
        [{"account_key": account_key, "old": old, "new": new} for old, new in joins.items()],
    )


def ask_near(
    conn: Connection, account_key: int, wanted: Collection[int], mailbox_id: int, numbers: Collection[int]
) -> Callable[[], tuple[Buckets, Chunks]]:
    """Ask for the buckets of some names, and for chunks of entries of a folder."""
    places = list(by_bucket(wanted))
    if len(places) != 1 or len(numbers) != 1:
        stored = _ask_buckets(conn, account_key, places) if places else dict
        chunks = _ask_chunks(conn, mailbox_id, numbers)
        return lambda: (stored(), chunks())
    # A message without references: both are one statement.
    (bucket,), (number,) = places, numbers
    answer = conn.ask(_ONE_OF_EACH, {"key": account_key, "bucket": bucket, "of": mailbox_id, "number": number})

    def near() -> tuple[Buckets, Chunks]:
        rows = answer().all()
        parts = dict(sorted((part, data) for part, data in rows if part is not None))
        chunk = next((unpack(number, data) for part, data in rows if part is None), {})
        return {bucket: parts}, {number: chunk}

    return near


def buckets(conn: Connection, account_key: int, numbers: Iterable[int]) -> Buckets:
    """Return the parts of buckets, by the number of the bucket and of the part."""
    return _ask_buckets(conn, account_key, list(numbers))()


def _ask_buckets(conn: Connection, account_key: int, numbers: list[int]) -> Callable[[], Buckets]:
    one = len(numbers) == 1
    query, given = (_ONE_BUCKET, {"number": numbers[0]}) if one else (_NAMES, {"numbers": numbers})
    answer = conn.ask(query, {"key": account_key, **given})

    def parts() -> Buckets:
        found: dict[int, dict[int, bytes]] = {}
        for number, part, data in sorted(answer()):
            found.setdefault(number, {})[part] = data
        return found

    return parts


@cache
def _upsert_chunk(dialect: str) -> Any:
    insert = insert_into(thread_chunks, dialect)
    return insert.on_conflict_do_update(index_elements=["mailbox_id", "number"], set_={"data": insert.excluded.data})


@cache
def _upsert_names(dialect: str) -> Any:
    insert = insert_into(thread_names, dialect)
    return insert.on_conflict_do_update(
        index_elements=["account_key", "number", "part"], set_={"data": insert.excluded.data}
    )


@cache
def _upsert_join(dialect: str) -> Any:
    insert = insert_into(thread_joins, dialect)
    return insert.on_conflict_do_update(index_elements=["account_key", "old"], set_={"new": insert.excluded.new})
