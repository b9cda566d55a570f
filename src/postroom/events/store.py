"""SQL for the event log: appends, counts, reads and prunes events in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from postroom.events.model import EventKind, LoggedEvent, WantedEvents
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_status, deliveries, events, meta
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
_NUMBERS = (
    sa.select(account_status.c.event_seq, account_status.c.counters)
    .where(account_status.c.account_key == sa.bindparam("key"))
    .with_for_update()
)
_NUMBERS_OF_MANY = (
    sa.select(account_status.c.account_key, account_status.c.event_seq, account_status.c.counters)
    .where(account_status.c.account_key.in_(sa.bindparam("keys", expanding=True)))
    .order_by(account_status.c.account_key)
    .with_for_update()
)
_NOTE = sa.update(account_status).where(account_status.c.account_key == sa.bindparam("key"))
_COUNT_OF_MANY = (
    sa.update(account_status)
    .where(account_status.c.account_key == sa.bindparam("b_key"))
    .values(event_seq=sa.bindparam("b_last"), counters=sa.bindparam("b_counters"))
)
_BEGIN = sa.insert(account_status)
_APPEND = sa.insert(events)
# PostgreSQL assigns sequence numbers before transactions commit, so a lower number may appear later. A writer gets its
# transaction id before its number. Once every transaction older than one begun now has ended, the log is complete up to
# the newest number seen before.
_BEGIN_NOW = sa.select(sa.cast(sa.cast(sa.func.pg_current_xact_id(), sa.Text), sa.BigInteger))
_OLDEST_RUNNING = sa.select(
    sa.cast(sa.cast(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot()), sa.Text), sa.BigInteger)
)
_NEWEST = sa.select(sa.func.max(events.c.seq))
_PRUNED_TO = sa.select(meta.c.value).where(meta.c.name == _PRUNED)
_PAUSE = sa.select(sa.func.pg_sleep(0.01))
# Payloads may be megabytes, so a page that is cut by size must not load all of them first.


def begin_status(conn: Connection, key: int, last: int, counters: dict[str, int]) -> None:
    """Create the status row of a new account: the number of its last event, and the counts by event type."""
    conn.defer(_BEGIN, {"account_key": key, "event_seq": last, "counters": counters})


def ask_numbers(conn: Connection, key: int) -> Callable[[], tuple[int, dict[str, int]]]:
    """Ask for the number of an account's last event and its counters, locked until the transaction ends.

    Call what is returned when they are needed.
    """
    answer = conn.ask(_NUMBERS, {"key": key})

    def numbers() -> tuple[int, dict[str, int]]:
        last, counters = answer().one()
        return last, counters

    return numbers


def hold_numbers_of(conn: Connection, keys: Sequence[int]) -> dict[int, tuple[int, dict[str, int]]]:
    """Return the same of many accounts. Rows are locked in the order of the keys, so no writer blocks another."""
    rows = conn.execute(_NUMBERS_OF_MANY, {"keys": list(keys)}).all()
    return {row.account_key: (row.event_seq, row.counters) for row in rows}


def save_numbers_of(conn: Connection, numbers: Mapping[int, tuple[int, dict[str, int]]]) -> None:
    """Replace the numbers of many accounts."""
    conn.execute(
        _COUNT_OF_MANY,
        [{"b_key": key, "b_last": last, "b_counters": counters} for key, (last, counters) in sorted(numbers.items())],
    )


def note(conn: Connection, key: int, values: Mapping[str, Any]) -> None:
    """Write columns of an account's status row, such as the number of its last event and its counters."""
    conn.defer(_NOTE, {"key": key, **values})


def insert(conn: Connection, rows: Sequence[Mapping[str, str | int | None]]) -> None:
    """Append rows to the log."""
    conn.defer(_APPEND, rows)


@contextmanager
def events_between(
    conn: Connection, after: int, end: int, wanted: WantedEvents, limit: int
) -> Iterator[Iterator[LoggedEvent]]:
    """Read the wanted events after one number up to another, in order. The database sends a few at a time."""
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
    if wanted.members:
        # Quotes inside a value are escaped, so what looks like a member is one.
        conditions.append(sa.or_(*(events.c.payload.contains(member, autoescape=True) for member in wanted.members)))
    query = sa.select(*_EVENT).where(*conditions).order_by(events.c.seq).limit(limit)
    with conn.stream(query) as rows:
        yield (LoggedEvent(*row) for row in rows)


def kinds_between(conn: Connection, after: int, end: int, limit: int) -> list[EventKind]:
    """Return the kinds of the events after one number up to another, without the events themselves."""
    query = sa.select(events.c.account, events.c.account_key, events.c.type)
    rows = conn.execute(query.where(events.c.seq > after, events.c.seq <= end).limit(limit))
    return [EventKind(*row) for row in rows]


def events_of(conn: Connection, account_key: int, account_seq: int, limit: int) -> list[LoggedEvent]:
    """Return the next events of one account after a number within the account, in order."""
    query = (
        sa.select(*_EVENT)
        .where(events.c.account_key == account_key, events.c.account_seq > account_seq)
        .order_by(events.c.account_seq)
        .limit(limit)
    )
    return [LoggedEvent(*row) for row in conn.execute(query)]


def newest_of(conn: Connection, account: str, limit: int) -> list[LoggedEvent]:
    """Return the newest events of an account id, the newest first."""
    query = sa.select(*_EVENT).where(events.c.account == account).order_by(events.c.seq.desc()).limit(limit)
    return [LoggedEvent(*row) for row in conn.execute(query)]


def of_message(
    conn: Connection, account: str, member: str, types: Sequence[str], since: int, limit: int
) -> list[LoggedEvent]:
    """Return the first events of these types, logged since a time, whose payload has this JSON member, in order."""
    first = sa.select(events.c.seq).where(events.c.at >= since).order_by(events.c.at, events.c.seq).limit(1)
    query = (
        sa.select(*_EVENT)
        .where(
            events.c.account == account,
            events.c.seq >= first.scalar_subquery(),
            events.c.type.in_(types),
            events.c.payload.contains(member, autoescape=True),
        )
        .order_by(events.c.seq)
        .limit(limit)
    )
    return [LoggedEvent(*row) for row in conn.execute(query)]


def find(conn: Connection, seq: int) -> LoggedEvent | None:
    """Return the event with this number."""
    row = conn.execute(sa.select(*_EVENT).where(events.c.seq == seq)).one_or_none()
    return LoggedEvent(*row) if row else None


def is_routed(conn: Connection, seq: int) -> bool:
    """Say whether the deliveries of this event have been made."""
    return bool(conn.execute(sa.select(events.c.routed).where(events.c.seq == seq)).scalar_one_or_none())


def number_of(conn: Connection, event_id: str) -> int | None:
    """Return the number of the event with this id. Ids have no index, so the whole log is looked through."""
    found: int | None = conn.execute(sa.select(sa.func.max(events.c.seq)).where(events.c.id == event_id)).scalar_one()
    return found


def newest_before(conn: Connection, before: int | None, wanted: WantedEvents, limit: int) -> list[LoggedEvent]:
    """Return the newest events with a number below `before` (None: all) that are wanted, the newest first."""
    query = sa.select(*_EVENT).order_by(events.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(events.c.seq < before)
    if wanted.account is not None:
        query = query.where(events.c.account == wanted.account)
    if wanted.types:
        query = query.where(events.c.type.in_(wanted.types))
    return [LoggedEvent(*row) for row in conn.execute(query)]


def newest(conn: Connection) -> int:
    """Return the number of the newest stored event, 0 when there is none."""
    return int(conn.execute(_NEWEST).scalar_one() or 0)


def first_pending(conn: Connection) -> int | None:
    """Return the number of the oldest event with a pending delivery, None when there is none."""
    query = sa.select(sa.func.min(deliveries.c.event_seq)).where(deliveries.c.state == "pending")
    found: int | None = conn.execute(query).scalar_one()
    return found


def delete_before(conn: Connection, at: int, limit: int) -> list[int]:
    """Delete up to `limit` routed events from before a time (milliseconds since 1970), oldest first.

    Return their numbers in order.
    """
    return _delete_oldest(conn, events.c.at < at, limit)


def delete_to(conn: Connection, last: int, limit: int) -> list[int]:
    """Delete up to `limit` routed events up to a number, oldest first; return their numbers in order."""
    return _delete_oldest(conn, events.c.seq <= last, limit)


def _delete_oldest(conn: Connection, which: sa.ColumnElement[bool], limit: int) -> list[int]:
    oldest = sa.select(events.c.seq).where(which, events.c.routed).order_by(events.c.seq).limit(limit)
    numbers = list(conn.execute(oldest).scalars())
    if numbers:
        conn.execute(sa.delete(events).where(events.c.seq.in_(numbers)))
    return numbers


def pruned_to(conn: Connection) -> int:
    """Return the number of the newest event that was pruned, 0 when none was."""
    return int(conn.execute(_PRUNED_TO).scalar_one_or_none() or 0)


def note_pruned(conn: Connection, seq: int) -> None:
    """Store that events up to `seq` may be gone."""
    statement = insert_into(meta, conn.dialect.name).values(name=_PRUNED, value=str(max(seq, pruned_to(conn))))
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value}))


def own_transaction(conn: Connection) -> int:
    """Return the id of this transaction. PostgreSQL only."""
    return int(conn.execute(_BEGIN_NOW).scalar_one())


def oldest_transaction(conn: Connection) -> int:
    """Return the id of the oldest transaction that is still running. PostgreSQL only."""
    return int(conn.execute(_OLDEST_RUNNING).scalar_one())


def pause(conn: Connection) -> None:
    """Wait a hundredth of a second on the server. PostgreSQL only."""
    conn.execute(_PAUSE)
