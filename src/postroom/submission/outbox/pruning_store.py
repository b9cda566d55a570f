"""SQL that removes what the outbox keeps no longer: octets, then whole messages, a batch at a time."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.schema.sending import submission_bodies, submission_recipients, submission_tasks, submissions
from postroom.storage.statements.connection import Connection
from postroom.submission import body_store
from postroom.submission.model import FINISHED, MessageState, RecipientState, TaskKind

_TAKEN = (RecipientState.SENT.value, RecipientState.BOUNCED.value)
_NEEDS_BODY = (TaskKind.COPY.value, TaskKind.FIND.value)
# A recipient whom no server took the message for may be tried again, and that needs the octets.
_HAS_OTHERS = sa.exists().where(
    submission_recipients.c.submission == submissions.c.id, submission_recipients.c.state.not_in(_TAKEN)
)
_HAS_TASKS = sa.exists().where(
    submission_tasks.c.submission == submissions.c.id, submission_tasks.c.kind.in_(_NEEDS_BODY)
)
_HAS_BODY = sa.exists().where(submission_bodies.c.submission == submissions.c.id)
_DONE: Final = (submissions.c.state == MessageState.SENT.value, ~_HAS_TASKS, ~_HAS_OTHERS)
_ENDED: Final = (submissions.c.state.in_(sorted(state.value for state in FINISHED)),)
# The index on `finished_at` holds the unfinished ones together.
_UNDECIDED: Final = (submissions.c.finished_at.is_(None), submissions.c.state == MessageState.UNKNOWN.value)


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a walk through the finished messages has come: when the last one was finished, and its id."""

    finished_at: int = -1
    id: int = 0

    def _rest(self, until: int) -> tuple[sa.ColumnElement[bool], ...]:
        is_later = sa.or_(submissions.c.finished_at > self.finished_at, submissions.c.id > self.id)
        return submissions.c.finished_at >= self.finished_at, is_later, submissions.c.finished_at <= until


def drop_bodies(conn: Connection, walk: Walk, until: int, limit: int, *, sent_only: bool) -> tuple[Walk, int]:
    """Remove the octets of up to `limit` messages that were finished at `until` at the latest.

    `sent_only`: only of those that were sent, where nothing needs them any more. Return how far the walk has come, and
    how many messages it met. Those that somebody changes at this moment are left out.
    """
    query = (
        sa.select(submissions.c.id, submissions.c.finished_at)
        .where(*walk._rest(until), *(_DONE if sent_only else _ENDED))
        .order_by(submissions.c.finished_at, submissions.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = conn.execute(query).all()
    body_store.remove(conn, [row.id for row in rows])
    if len(rows) < limit:
        return Walk(max(until, walk.finished_at), 2**62), len(rows)
    return Walk(rows[-1].finished_at, rows[-1].id), len(rows)


def drop_undecided_bodies(conn: Connection, tried_before: int, limit: int) -> int:
    """Remove the octets of messages of unknown outcome whose attempt is older than a time; return how many."""
    query = sa.select(submissions.c.id).where(*_UNDECIDED, submissions.c.attempted_at < tried_before, _HAS_BODY)
    ids = list(conn.execute(query.limit(limit).with_for_update(skip_locked=True)).scalars())
    body_store.remove(conn, ids)
    return len(ids)


def forget(conn: Connection, before: int, limit: int) -> int:
    """Remove messages that were finished, or of unknown outcome since, before a time; return how many."""
    old = [(*_ENDED, submissions.c.finished_at < before), (*_UNDECIDED, submissions.c.attempted_at < before)]
    ids: list[int] = []
    for which in old:
        query = sa.select(submissions.c.id).where(*which).limit(limit - len(ids)).with_for_update(skip_locked=True)
        ids += conn.execute(query).scalars()
    if ids:
        conn.execute(sa.delete(submissions).where(submissions.c.id.in_(ids)))
    return len(ids)
