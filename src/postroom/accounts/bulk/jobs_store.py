"""The SQL of actions on many accounts: begun with all matching accounts, claimed by a process, advanced by batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from postroom.accounts.bulk.model import BulkAction, BulkItem, BulkJob
from postroom.accounts.listing.filters_store import conditions, filters_of, order_of, values_of
from postroom.accounts.model import ListQuery
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.storage.tables import bulk as tables
from postroom.storage.upsert import insert_into

__all__ = ["advance", "batch", "claim", "errors", "find", "forget", "insert", "newest", "next_due", "stop"]

_JOBS: Final = tables.bulk_jobs
_ITEMS: Final = tables.bulk_items
_COLUMNS: Final = tuple(
    _JOBS.c[name]
    for name in (
        *("id", "action", "wish", "asked_by", "total", "position", "failed", "stopped", "created_at", "finished_at"),
    )
)
_BY_AGE: Final = sa.select(*_COLUMNS).order_by(_JOBS.c.created_at.desc(), _JOBS.c.id)
_BATCH: Final = (
    sa.select(_ITEMS.c.place, _ITEMS.c.account, _ITEMS.c.error)
    .where(_ITEMS.c.job == sa.bindparam("of"), _ITEMS.c.place > sa.bindparam("after"))
    .order_by(_ITEMS.c.place)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_ERRORS: Final = _BATCH.where(_ITEMS.c.error.is_not(None))
_WRITE_ERROR: Final = (
    sa.update(_ITEMS)
    .where(_ITEMS.c.job == sa.bindparam("of"), _ITEMS.c.place == sa.bindparam("at"))
    .values(error=sa.bindparam("said"))
)


def _job(row: Sequence[Any]) -> BulkJob:
    id_, action, *rest = row
    return BulkJob(id_, BulkAction(action), *rest)


def insert(conn: Connection, job: BulkJob, query: ListQuery) -> bool:
    """Store an action with all accounts that match now, in the order of their ids; return whether its id was free."""
    made = {column.name: getattr(job, column.name) for column in _COLUMNS}
    values = {**made, "action": job.action.value, "next_at": job.created_at}
    if not conn.execute(insert_into(_JOBS, conn.dialect.name).values(values).on_conflict_do_nothing()).rowcount:
        return False
    place = sa.func.row_number().over(order_by=order_of(query.order, descending=query.descending))
    matching = sa.select(sa.literal(job.id, sa.Text), place, accounts.c.account).where(
        *conditions(filters_of(conn.dialect.name, query))
    )
    conn.execute(sa.insert(_ITEMS).from_select(["job", "place", "account"], matching), values_of(query))
    return True


def find(conn: Connection, job: str) -> BulkJob | None:
    """Return one action."""
    row = conn.execute(sa.select(*_COLUMNS).where(_JOBS.c.id == job)).one_or_none()
    return None if row is None else _job(row)


def newest(conn: Connection, limit: int) -> list[BulkJob]:
    """Return the newest actions."""
    return [_job(row) for row in conn.execute(_BY_AGE.limit(limit))]


def errors(conn: Connection, job: str, limit: int) -> list[BulkItem]:
    """Return the first accounts for which an action failed."""
    return [BulkItem(*row) for row in conn.execute(_ERRORS, {"of": job, "after": 0, "limit": limit})]


def stop(conn: Connection, job: str, now: int) -> bool:
    """End an action; return whether it was still running. The batch under way is finished."""
    ended = sa.update(_JOBS).where(_JOBS.c.id == job, _JOBS.c.finished_at.is_(None))
    return conn.execute(ended.values(stopped=True, finished_at=now, claimed_by=None)).rowcount == 1


def forget(conn: Connection, before: int) -> None:
    """Delete the actions that ended before a time."""
    conn.execute(sa.delete(_JOBS).where(_JOBS.c.finished_at < before))


def claim(conn: Connection, holder: str, now: int, until: int) -> BulkJob | None:
    """Claim the oldest due action until `until`, and return it."""
    due = (
        sa.select(*_COLUMNS)
        .where(_JOBS.c.finished_at.is_(None), sa.or_(_JOBS.c.next_at <= now, _JOBS.c.claimed_by == holder))
        .order_by(_JOBS.c.created_at, _JOBS.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = conn.execute(due).one_or_none()
    if row is None:
        return None
    conn.execute(sa.update(_JOBS).where(_JOBS.c.id == row[0]).values(claimed_by=holder, next_at=until))
    return _job(row)


def next_due(conn: Connection) -> int | None:
    """Return when the next action is due: at once, or when the process that works on it is given up."""
    query = sa.select(sa.func.min(_JOBS.c.next_at)).where(_JOBS.c.finished_at.is_(None))
    found: int | None = conn.execute(query).scalar_one()
    return found


def batch(conn: Connection, job: BulkJob, limit: int) -> list[BulkItem]:
    """Return the next accounts of an action."""
    return [BulkItem(*row) for row in conn.execute(_BATCH, {"of": job.id, "after": job.position, "limit": limit})]


def advance(conn: Connection, job: BulkJob, holder: str, done: Sequence[BulkItem], now: int) -> bool:
    """Note the outcome of a batch; return whether this process still holds the action and accounts are left.

    If another process took it over meanwhile, nothing is noted: that process repeats the batch.
    """
    failed = [item for item in done if item.error is not None]
    position = job.position + len(done)
    is_over = not done or position >= job.total
    mine = sa.update(_JOBS).where(
        _JOBS.c.id == job.id, _JOBS.c.position == job.position, sa.or_(_JOBS.c.claimed_by == holder, _JOBS.c.stopped)
    )
    ended = sa.func.coalesce(_JOBS.c.finished_at, now) if is_over else _JOBS.c.finished_at
    values = {"position": position, "failed": _JOBS.c.failed + len(failed), "finished_at": ended}
    if conn.execute(mine.values(values)).rowcount != 1:
        return False
    if failed:
        conn.execute(_WRITE_ERROR, [{"of": job.id, "at": item.place, "said": item.error} for item in failed])
    return not is_over
