"""SQL that changes the outbox for a caller: a message's state while it is as it was read, and pauses of accounts."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from postroom.storage.schema.sending import (
    sending_lanes,
    submission_recipients,
    submission_tasks,
    submissions,
)
from postroom.storage.statements.connection import Connection
from postroom.storage.upsert import insert_into
from postroom.submission.model import CopyState, MessageState, TaskKind
from postroom.submission.outbox.decisions import Decision

_CHANGE = sa.update(submissions).where(
    submissions.c.id == sa.bindparam("b_id"), submissions.c.state == sa.bindparam("b_state")
)
_COPY_PENDING = (
    sa.update(submissions).where(submissions.c.id == sa.bindparam("b_id")).values(copied=CopyState.PENDING.value)
)
_CHANGE_RECIPIENTS = (
    sa.update(submission_recipients)
    .where(
        submission_recipients.c.submission == sa.bindparam("b_id"),
        submission_recipients.c.state == sa.bindparam("b_before"),
    )
    .values(state=sa.bindparam("b_after"), at=sa.bindparam("b_at"))
)
_FORGET_TASK = sa.delete(submission_tasks).where(
    submission_tasks.c.submission == sa.bindparam("b_id"), submission_tasks.c.kind == sa.bindparam("b_kind")
)


def change(conn: Connection, submission: int, before: MessageState, decision: Decision, now: int) -> bool:
    """Carry out a decision on a message. False when its state is not `before` any more; then nothing was changed."""
    known = {"b_id": submission, "b_state": before.value}
    if conn.execute(_CHANGE.values(_values(before, decision.state, now)), known).rowcount != 1:
        return False
    changes = [
        {"b_id": submission, "b_before": old.value, "b_after": new.value, "b_at": now}
        for old, new in decision.changes.items()
        if old is not new
    ]
    conn.execute(_CHANGE_RECIPIENTS, changes)
    conn.execute(_FORGET_TASK, {"b_id": submission, "b_kind": TaskKind.FIND.value})
    return True


def _values(before: MessageState, state: MessageState, now: int) -> dict[str, object]:
    if state is not MessageState.QUEUED:
        return {"state": state.value, "finished_at": now, "attempt": None}
    # A new schedule; the result of the attempt before counts no more.
    return {"state": state.value, "next_at": now, "attempts": 0, "attempt": None, "finished_at": None, "error": None}


def add_task(conn: Connection, submission: int, kind: TaskKind, now: int) -> None:
    """Add what is left to do for a message, due now. A task that is there stays."""
    if kind is TaskKind.COPY:
        conn.execute(_COPY_PENDING, {"b_id": submission})
    conn.execute(
        _task_statement(conn.dialect.name),
        {"submission": submission, "kind": kind.value, "next_at": now, "attempts": 0},
    )


@cache
def _task_statement(dialect: str) -> Any:
    return insert_into(submission_tasks, dialect).on_conflict_do_nothing(index_elements=["submission", "kind"])


def pause(conn: Connection, account_key: int, *, is_paused: bool) -> None:
    """Pause or resume the lane of an account."""
    conn.execute(_pause_statement(conn.dialect.name), {"account_key": account_key, "paused": is_paused})


@cache
def _pause_statement(dialect: str) -> Any:
    insert = insert_into(sending_lanes, dialect)
    return insert.on_conflict_do_update(index_elements=["account_key"], set_={"paused": insert.excluded.paused})
