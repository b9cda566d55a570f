"""The SQL for messages that left their place: what they are called, and where a COPYUID proved that they are.

A row is about one message id: the number of a folder and a UID. The sync writes the name of a message that it finds
gone, and what it told of a move. The request that moved messages writes where they are. Each writes its own columns, so
their order is free. Rows go after 30 days. An account keeps its newest 10,000, all as old as the last of them, and all
since they were last counted. Moves stay for a day in any case, because the sync must see both ends of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

import sqlalchemy as sa

from postroom.mail.ids import MessageId
from postroom.storage.schema.moves import message_moves
from postroom.storage.statements.connection import Connection
from postroom.storage.upsert import insert_into
from postroom.threads.entries import Entry
from postroom.threads.moves.steps import MoveMark, MoveStep, MoveTold

__all__ = [
    "KEPT",
    "AskedSteps",
    "Left",
    "ask_steps_from",
    "ask_steps_to",
    "awaiting",
    "expected_at",
    "find",
    "forget_to",
    "forget_told",
    "held",
    "mark",
    "put_moved",
    "put_names",
    "steps_from",
    "steps_to",
]

KEPT: Final = 10_000
"""Rows that an account keeps."""

_COUNTED_EVERY: Final = 127
"""Counting reads as many index rows as are kept. It happens for the UIDs that this number divides, about every 127th
message. It is a prime, because servers may give out only even or odd UIDs."""

_DAY: Final = 24 * 3600 * 1000
_LONGEST: Final = 30 * _DAY


AskedSteps: TypeAlias = Callable[[], dict[int, MoveStep]]
"""Moves that were asked for, by UID. Call it when they are needed."""


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
_SURPLUS: Final = _PRUNE.where(
    message_moves.c.at < sa.func.coalesce(_OLDEST_KEPT, 0),
    sa.or_(message_moves.c.new_number.is_(None), message_moves.c.at < sa.bindparam("lately")),
)
_STEPS: Final = sa.select(
    message_moves.c.number,
    message_moves.c.uid,
    message_moves.c.new_number,
    message_moves.c.new_uid,
    message_moves.c.told,
    message_moves.c.flags,
).where(message_moves.c.account_key == sa.bindparam("of"), message_moves.c.new_number.is_not(None))
_FROM: Final = _STEPS.where(
    message_moves.c.number == sa.bindparam("folder"),
    message_moves.c.uid.between(sa.bindparam("first"), sa.bindparam("last")),
)
_TO: Final = _STEPS.where(
    message_moves.c.new_number == sa.bindparam("folder"),
    message_moves.c.new_uid.between(sa.bindparam("first"), sa.bindparam("last")),
)
_EXPECTED: Final = _STEPS.where(
    message_moves.c.new_number == sa.bindparam("folder"), message_moves.c.told == int(MoveTold.LEFT)
)
_AWAITING: Final = (
    sa.select(message_moves.c.new_number)
    .where(message_moves.c.account_key == sa.bindparam("of"), message_moves.c.told == int(MoveTold.LEFT))
    .distinct()
)
_MARK: Final = (
    sa.update(message_moves)
    .where(
        message_moves.c.account_key == sa.bindparam("of"),
        message_moves.c.number == sa.bindparam("folder"),
        message_moves.c.uid == sa.bindparam("at_uid"),
    )
    .values(told=sa.bindparam("now_told"), flags=sa.bindparam("now_flags"))
)
_HELD: Final = (
    sa.select(message_moves.c.number, message_moves.c.uid)
    .where(message_moves.c.account_key == sa.bindparam("of"), message_moves.c.told == int(MoveTold.HELD))
    .order_by(message_moves.c.number, message_moves.c.uid)
)
_FORGET: Final = (
    sa.update(message_moves)
    .where(
        message_moves.c.account_key == sa.bindparam("of"),
        sa.or_(message_moves.c.new_number.is_not(None), message_moves.c.told == int(MoveTold.HELD)),
    )
    .values(told=int(MoveTold.ALL), flags=None)
)
_FORGET_TO: Final = (
    sa.update(message_moves)
    .where(
        message_moves.c.account_key == sa.bindparam("of"),
        message_moves.c.new_number.in_(sa.bindparam("folders", expanding=True)),
        sa.func.coalesce(message_moves.c.told, 0).in_((int(MoveTold.NOTHING), int(MoveTold.LEFT))),
    )
    .values(told=int(MoveTold.ALL), flags=None)
)


def find(conn: Connection, account_key: int, at: MessageId) -> Left | None:
    """Return what is known of a message that left this place, None for nothing."""
    row = conn.execute(_FIND, {"of": account_key, "folder": at.number, "at_uid": at.uid}).first()
    if row is None:
        return None
    to = None if row.new_number is None else MessageId(row.new_number, row.new_uid)
    return Left(row.name, row.size, to)


def put_names(conn: Connection, account_key: int, number: int, gone: Mapping[int, Entry], now: int) -> None:
    """Store what messages were called that are gone from a folder, by UID. Those without a name are left out.

    The check of the lease comes first. Of many messages, only the newest are stored.
    """
    rows = [
        {"account_key": account_key, "number": number, "uid": uid, "name": each.name, "size": each.size, "at": now}
        for uid, each in sorted(gone.items())
        if each.name
    ]
    _put(conn, account_key, rows, ("name", "size"), now)


def put_moved(conn: Connection, account_key: int, moved: Sequence[tuple[MessageId, MessageId]], now: int) -> None:
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


def steps_from(conn: Connection, account_key: int, number: int, uids: Collection[int]) -> dict[int, MoveStep]:
    """Return the moves that began at these messages of a folder, by UID."""
    return ask_steps_from(conn, account_key, number, uids)()


def ask_steps_from(conn: Connection, account_key: int, number: int, uids: Collection[int]) -> AskedSteps:
    """Ask for the moves that began at these messages of a folder."""
    asked = _ask_steps(conn, _FROM, account_key, number, uids)
    return lambda: {step.old.uid: step for step in asked() if step.old.uid in uids}


def steps_to(conn: Connection, account_key: int, number: int, uids: Collection[int]) -> dict[int, MoveStep]:
    """Return the moves that led to these messages of a folder, by UID."""
    return ask_steps_to(conn, account_key, number, uids)()


def ask_steps_to(conn: Connection, account_key: int, number: int, uids: Collection[int]) -> AskedSteps:
    """Ask for the moves that led to these messages of a folder."""
    asked = _ask_steps(conn, _TO, account_key, number, uids)
    return lambda: {step.new.uid: step for step in asked() if step.new.uid in uids}


def awaiting(conn: Connection, account_key: int) -> frozenset[int]:
    """Return the numbers of the folders where messages are to arrive whose move was announced already."""
    return frozenset(conn.execute(_AWAITING, {"of": account_key}).scalars())


def expected_at(conn: Connection, account_key: int, number: int) -> list[MoveStep]:
    """Return the moves to a folder that were announced before the message was seen there."""
    return [_step(*row) for row in conn.execute(_EXPECTED, {"of": account_key, "folder": number})]


def held(conn: Connection, account_key: int) -> list[MessageId]:
    """Return the messages that left and of which nothing was told yet."""
    return [MessageId(*row) for row in conn.execute(_HELD, {"of": account_key})]


def mark(conn: Connection, account_key: int, marks: Mapping[MessageId, MoveMark]) -> None:
    """Note what was told of moves, by the place where each began. The check of the lease comes first."""
    if marks:
        rows = [
            {
                "of": account_key,
                "folder": old.number,
                "at_uid": old.uid,
                "now_told": int(told),
                "now_flags": sorted(flags) or None,
            }
            for old, (told, flags) in marks.items()
        ]
        conn.execute(_MARK, rows)


def forget_told(conn: Connection, account_key: int) -> None:
    """Let the moves so far count no longer in events, because all that the sync knew is forgotten."""
    conn.execute(_FORGET, {"of": account_key})


def forget_to(conn: Connection, account_key: int, numbers: Collection[int]) -> None:
    """Let moves to these folders count no longer in events whose end there was not seen, because they are deleted."""
    if numbers:
        conn.execute(_FORGET_TO, {"of": account_key, "folders": sorted(numbers)})


def _ask_steps(
    conn: Connection, query: sa.Select[*tuple[Any, ...]], account_key: int, number: int, uids: Collection[int]
) -> Callable[[], list[MoveStep]]:
    """Ask for the moves of a range of UIDs: one short statement, however many they are."""
    if not uids:
        return list
    values = {"of": account_key, "folder": number, "first": min(uids), "last": max(uids)}
    answer = conn.ask(query, values)
    return lambda: [_step(*row) for row in answer()]


def _step(number: int, uid: int, new_number: int, new_uid: int, told: int | None, flags: list[str] | None) -> MoveStep:
    return MoveStep(MessageId(number, uid), MessageId(new_number, new_uid), MoveTold(told or 0), frozenset(flags or ()))


def _put(
    conn: Connection, account_key: int, rows: Sequence[Mapping[str, int]], columns: tuple[str, str], now: int
) -> None:
    if rows:
        conn.execute(_upsert(conn.dialect.name, columns), rows[-KEPT:])
        conn.execute(_OLD, {"of": account_key, "since": now - _LONGEST})
        if any(row["uid"] % _COUNTED_EVERY == 0 for row in rows):
            conn.execute(_SURPLUS, {"of": account_key, "lately": now - _DAY})


@cache
def _upsert(dialect: str, columns: tuple[str, str]) -> Any:
    insert = insert_into(message_moves, dialect)
    fresh = {each: insert.excluded[each] for each in (*columns, "at")}
    return insert.on_conflict_do_update(index_elements=["account_key", "number", "uid"], set_=fresh)
