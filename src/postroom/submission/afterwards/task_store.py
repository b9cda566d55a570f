"""SQL for tasks: adds them, claims those that are due, one account at a time, postpones and removes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from postroom.storage.schema.sending import submission_tasks as tasks
from postroom.storage.schema.sending import submissions
from postroom.storage.statements.connection import Connection
from postroom.storage.upsert import insert_into
from postroom.submission.afterwards.model import FollowingTask
from postroom.submission.model import TaskKind

# The draft is the last copy of a message until another one is stored, or until it is known that none is wanted.
_before = tasks.alias("before")
_WAITS = sa.and_(
    tasks.c.kind == TaskKind.DRAFT.value,
    sa.exists().where(
        _before.c.submission == tasks.c.submission,
        _before.c.kind.in_((TaskKind.COPY.value, TaskKind.FIND.value)),
    ),
)
_OF_SUBMISSION = tasks.c.submission == submissions.c.id
_IS_DUE = sa.and_(tasks.c.next_at <= sa.bindparam("now"), ~_WAITS)
_DUE_ACCOUNTS = (
    sa.select(submissions.c.account_key)
    .select_from(tasks.join(submissions, _OF_SUBMISSION))
    .where(_IS_DUE, submissions.c.account_key.not_in(sa.bindparam("busy", expanding=True)))
    .group_by(submissions.c.account_key)
    .order_by(sa.func.min(tasks.c.next_at))
    .limit(sa.bindparam("room"))
)
_FIRST_OF_ACCOUNT = (
    sa.select(tasks.c.submission, tasks.c.kind, tasks.c.attempts, submissions.c.account, submissions.c.size)
    .select_from(tasks.join(submissions, _OF_SUBMISSION))
    .where(_IS_DUE, submissions.c.account_key == sa.bindparam("account_key"))
    .order_by(tasks.c.next_at, tasks.c.submission, tasks.c.kind)
    .limit(1)
    .with_for_update(of=tasks, skip_locked=True)
)
_THIS = (tasks.c.submission == sa.bindparam("b_submission"), tasks.c.kind == sa.bindparam("b_kind"))
_MINE = tasks.c.claimed_by == sa.bindparam("b_me")
_CLAIM = (
    sa.update(tasks)
    .where(*_THIS)
    .values(claimed_by=sa.bindparam("b_me"), next_at=sa.bindparam("b_next_at"), attempts=sa.bindparam("b_attempts"))
)
_HELD = sa.select(tasks.c.kind).where(*_THIS, _MINE, tasks.c.attempts == sa.bindparam("b_attempts")).with_for_update()
_REMOVE = sa.delete(tasks).where(*_THIS)
_POSTPONE = sa.update(tasks).where(*_THIS).values(claimed_by=None, next_at=sa.bindparam("b_next_at"))
_POSTPONE_ALL = (
    sa.update(tasks)
    .where(
        tasks.c.submission.in_(sa.select(submissions.c.id).where(submissions.c.account_key == sa.bindparam("b_key"))),
        tasks.c.claimed_by.is_(None),
        tasks.c.next_at < sa.bindparam("b_next_at"),
    )
    .values(next_at=sa.bindparam("b_next_at"))
)
_NEXT = sa.select(sa.func.min(tasks.c.next_at)).where(tasks.c.next_at > sa.bindparam("now"))
_FREE_ALL = (
    sa.update(tasks).where(tasks.c.claimed_by.is_not(None)).values(claimed_by=None, next_at=sa.bindparam("b_now"))
)
_RELEASE = sa.update(tasks).where(_MINE).values(claimed_by=None, next_at=sa.bindparam("b_now"))


def add(conn: Connection, submission: int, kinds: Collection[TaskKind], now: int) -> None:
    """Add tasks that are due now. One that is there already stays as it is."""
    rows = [{"submission": submission, "kind": kind.value, "next_at": now} for kind in kinds]
    if rows:
        conn.execute(_add_statement(conn.dialect.name), rows)


@cache
def _add_statement(dialect: str) -> Any:
    return insert_into(tasks, dialect).on_conflict_do_nothing(index_elements=["submission", "kind"])


def due_accounts(conn: Connection, now: int, busy: Collection[int], room: int) -> list[int]:
    """Return the keys of up to `room` accounts with due tasks, the longest due first, without those that are `busy`."""
    return list(conn.execute(_DUE_ACCOUNTS, {"now": now, "busy": sorted(busy), "room": room}).scalars())


def claim(conn: Connection, me: str, account_key: int, now: int, lease: Callable[[int], int]) -> FollowingTask | None:
    """Claim the first due task of an account. `lease` returns the milliseconds of the claim for a size in octets.

    The task of a killed process is due again when its claim ends.
    """
    row = conn.execute(_FIRST_OF_ACCOUNT, {"now": now, "account_key": account_key}).one_or_none()
    if row is None:
        return None
    task = FollowingTask(row.submission, TaskKind(row.kind), row.attempts + 1, account_key, row.account, row.size)
    until = now + lease(task.size)
    conn.execute(_CLAIM, {**_named(task), "b_me": me, "b_next_at": until, "b_attempts": task.attempts})
    return task


def is_held(conn: Connection, me: str, task: FollowingTask) -> bool:
    """Whether the task is still claimed for this attempt. If so, nobody else changes it before the transaction ends."""
    held = conn.execute(_HELD, {**_named(task), "b_me": me, "b_attempts": task.attempts})
    return held.one_or_none() is not None


def remove(conn: Connection, task: FollowingTask) -> None:
    """Remove a task that is done."""
    conn.execute(_REMOVE, _named(task))


def postpone(conn: Connection, task: FollowingTask, until: int) -> None:
    """Give a task back; it is due again at `until`."""
    conn.execute(_POSTPONE, {**_named(task), "b_next_at": until})


def postpone_account(conn: Connection, account_key: int, until: int) -> None:
    """Make no task of an account due before `until`, save those that a process works on."""
    conn.execute(_POSTPONE_ALL, {"b_key": account_key, "b_next_at": until})


def next_due(conn: Connection, now: int) -> int | None:
    """Return when the next task comes due, in milliseconds since 1970."""
    due: int | None = conn.execute(_NEXT, {"now": now}).scalar_one()
    return due


def has_any(conn: Connection, submission: int, kinds: Sequence[TaskKind]) -> bool:
    """Whether a message has a task of one of these kinds."""
    found = sa.select(tasks.c.kind).where(tasks.c.submission == submission, tasks.c.kind.in_([*kinds])).limit(1)
    return conn.execute(found).one_or_none() is not None


def free_all(conn: Connection, now: int) -> None:
    """Make every claimed task due. Only for a database with one process, when that starts."""
    conn.execute(_FREE_ALL, {"b_now": now})


def release(conn: Connection, me: str, now: int) -> None:
    """Make the tasks due that a process has claimed, when it ends."""
    conn.execute(_RELEASE, {"b_me": me, "b_now": now})


def _named(task: FollowingTask) -> dict[str, object]:
    return {"b_submission": task.submission, "b_kind": task.kind.value}
