"""Reading the log by cursor: a reader that keeps the number of its last event misses none and sees none twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from postroom.errors import Permanent
from postroom.storage.tables import events, meta

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
# Every transaction below this number has ended, so no event with a lower number can appear any more.
_HORIZON = sa.cast(sa.cast(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot()), sa.Text), sa.BigInteger)


class CursorExpired(Permanent):
    """The events right after this cursor are no longer kept: begin again with `oldest`, or without a cursor."""

    code = "CursorExpired"

    def __init__(self, oldest: int) -> None:
        super().__init__(
            f"Events up to number {oldest} are no longer kept, so some after this cursor are gone. "
            f"Read the accounts anew, then go on with since={oldest}."
        )
        self.oldest = oldest


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One row of the log; `payload` is the webhook body as text, complete but for the service URL."""

    seq: int
    account_key: int
    account: str
    account_seq: int
    id: str
    type: str
    at: int
    payload: str


def read(
    conn: sa.Connection,
    after: int | None,
    *,
    account: str | None = None,
    types: Sequence[str] = (),
    limit: int = 100,
) -> list[LoggedEvent]:
    """Return the next events after a cursor (None: from the oldest kept), in order. Raises CursorExpired."""
    pruned = pruned_to(conn)
    if after is not None and after < pruned:
        raise CursorExpired(pruned)
    conditions: list[sa.ColumnElement[bool]] = [events.c.seq > (after or 0)]
    if conn.dialect.name == "postgresql":
        conditions.append(events.c.xid < _HORIZON)
    if account is not None:
        conditions.append(events.c.account == account)
    if types:
        conditions.append(events.c.type.in_(types))
    query = sa.select(*_EVENT).where(*conditions).order_by(events.c.seq).limit(limit)
    return [LoggedEvent(*row) for row in conn.execute(query)]


def newest(conn: sa.Connection) -> int:
    """Return the cursor behind the newest event that can be read, 0 when there has been none."""
    query = sa.select(sa.func.max(events.c.seq))
    if conn.dialect.name == "postgresql":
        query = query.where(events.c.xid < _HORIZON)
    return int(conn.execute(query).scalar_one() or pruned_to(conn))


def pruned_to(conn: sa.Connection) -> int:
    """Return the number of the newest event that was pruned, 0 when none was."""
    return int(conn.execute(sa.select(meta.c.value).where(meta.c.name == _PRUNED)).scalar_one_or_none() or 0)


def note_pruned(conn: sa.Connection, seq: int) -> None:
    """Remember that events up to `seq` may be gone."""
    dialect: Any = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(meta).values(name=_PRUNED, value=str(max(seq, pruned_to(conn))))
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
