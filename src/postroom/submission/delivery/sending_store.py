"""SQL for messages under way: loads what is due, marks what may be written, and stores what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from postroom.storage.schema.sending import (
    submission_bodies,
    submission_recipients,
    submission_tasks,
    submissions,
)
from postroom.storage.upsert import insert_into
from postroom.submission.delivery.rules.posting import Addressee, AttemptResult, Mark, Posting
from postroom.submission.model import FINISHED, CopyState, MessageState, RecipientOutcome, RecipientState, TaskKind
from postroom.submission.plan import SendingPlan

SMALL_BODY: Final = 64 * 1024
"""Octets of a message whose body is loaded together with it."""

FIND_AFTER_MS: Final = 10_000
"""Milliseconds after which an UNKNOWN message is searched for: the provider may file it a little later."""

# These are literals, because only then the partial index is used.
_QUEUED = submissions.c.state == sa.literal_column("'queued'")
_SENDING = submissions.c.state == sa.literal_column("'sending'")
_MESSAGE = (
    submissions.c.id,
    submissions.c.queue_id,
    submissions.c.account_key,
    submissions.c.account,
    submissions.c.message_id,
    submissions.c.sender,
    submissions.c.size,
    submissions.c.plan,
    submissions.c.attempts,
    submissions.c.most_attempts,
    submissions.c.send_at,
    submissions.c.copied,
    submissions.c.secrets,
    submissions.c.attempt,
)
_LOAD = (
    sa.select(*_MESSAGE)
    .where(
        submissions.c.account_key == sa.bindparam("key"),
        _QUEUED,
        submissions.c.next_at <= sa.bindparam("now"),
        submissions.c.id.not_in(sa.bindparam("known", expanding=True)),
    )
    .order_by(submissions.c.id)
    .limit(sa.bindparam("limit"))
)
_ORPHANS = sa.select(*_MESSAGE).where(_SENDING).order_by(submissions.c.account_key, submissions.c.id).with_for_update()
_RECIPIENTS = (
    sa.select(
        submission_recipients.c.submission,
        submission_recipients.c.place,
        submission_recipients.c.address,
        submission_recipients.c.state,
        submission_recipients.c.code,
        submission_recipients.c.enhanced,
        submission_recipients.c.said,
        submission_recipients.c.advice,
    )
    .where(submission_recipients.c.submission.in_(sa.bindparam("ids", expanding=True)))
    .order_by(submission_recipients.c.submission, submission_recipients.c.place)
)
_HEADS = sa.select(submission_bodies.c.submission, submission_bodies.c.sealed).where(
    submission_bodies.c.submission.in_(sa.bindparam("ids", expanding=True)), submission_bodies.c.place == 0
)
_ID = submissions.c.id == sa.bindparam("b_id")
_ATTEMPT = submissions.c.attempt == sa.bindparam("b_attempt")
_MARK = (
    sa.update(submissions)
    .where(_ID, _QUEUED | (_SENDING & _ATTEMPT))
    .values(state=MessageState.SENDING.value, attempt=sa.bindparam("b_attempt"), attempted_at=sa.bindparam("b_now"))
    .returning(submissions.c.id)
)
_UNMARK = (
    sa.update(submissions)
    .where(
        submissions.c.account_key == sa.bindparam("b_key"),
        submissions.c.attempt.in_(sa.bindparam("b_tokens", expanding=True)),
        _SENDING,
    )
    .values(state=MessageState.QUEUED.value, attempt=sa.null())
)
_SETTLE = sa.update(submissions).values(
    state=sa.bindparam("b_state"),
    attempt=sa.bindparam("b_token"),
    attempts=sa.bindparam("b_attempts"),
    next_at=sa.bindparam("b_next_at"),
    response=sa.func.coalesce(sa.bindparam("b_response"), submissions.c.response),
    error=sa.case(
        (sa.bindparam("b_keeps_error", type_=sa.Boolean), submissions.c.error),
        else_=sa.bindparam("b_error", type_=submissions.c.error.type),
    ),
    sent_as=sa.func.coalesce(sa.bindparam("b_sent_as"), submissions.c.sent_as),
    copied=sa.func.coalesce(sa.bindparam("b_copied"), submissions.c.copied),
    finished_at=sa.bindparam("b_finished_at"),
)
_SETTLE_SENDING = _SETTLE.where(_ID, _ATTEMPT, _SENDING).returning(submissions.c.id)
_SETTLE_UNKNOWN = _SETTLE.where(_ID, _ATTEMPT, submissions.c.state == MessageState.UNKNOWN.value).returning(
    submissions.c.id
)
_SETTLE_QUEUED = _SETTLE.values(attempted_at=sa.bindparam("b_now")).where(_ID, _QUEUED).returning(submissions.c.id)
_SAY = (
    sa.update(submission_recipients)
    .where(
        submission_recipients.c.submission == sa.bindparam("b_submission"),
        submission_recipients.c.place == sa.bindparam("b_place"),
    )
    .values(
        state=sa.bindparam("b_state"),
        code=sa.bindparam("b_code"),
        enhanced=sa.bindparam("b_enhanced"),
        said=sa.bindparam("b_said"),
        advice=sa.bindparam("b_advice"),
        at=sa.bindparam("b_at"),
    )
)
_FORGET_BODY = sa.delete(submission_bodies).where(submission_bodies.c.submission == sa.bindparam("b_id"))
_FOUND_NO_MORE = sa.delete(submission_tasks).where(
    submission_tasks.c.submission == sa.bindparam("b_id"), submission_tasks.c.kind == TaskKind.FIND.value
)


def load(
    conn: sa.Connection, key: int, now: int, limit: int, *, known: Collection[int] = (), with_bodies: bool = True
) -> list[Posting]:
    """Return the first messages of a lane that are due, oldest first, without those that are `known`."""
    if limit <= 0:
        return []
    rows = conn.execute(_LOAD, {"key": key, "now": now, "limit": limit, "known": list(known)}).all()
    return _postings(conn, rows, with_bodies=with_bodies)


def orphans(conn: sa.Connection, keys: Collection[int] | None) -> list[tuple[Posting, Mark]]:
    """Lock and return the messages of these lanes, or of all, that a process may have been writing when it ended."""
    query = _ORPHANS if keys is None else _ORPHANS.where(submissions.c.account_key.in_(list(keys)))
    rows = conn.execute(query).all()
    return [
        (posting, Mark(row.id, row.attempt or ""))
        for posting, row in zip(_postings(conn, rows, with_bodies=False), rows, strict=True)
    ]


def _postings(conn: sa.Connection, rows: Sequence[Any], *, with_bodies: bool) -> list[Posting]:
    if not rows:
        return []
    addressees: defaultdict[int, list[Addressee]] = defaultdict(list)
    for submission, place, address, state, *known in conn.execute(_RECIPIENTS, {"ids": [row.id for row in rows]}):
        addressees[submission].append(Addressee(place, address, RecipientOutcome(RecipientState(state), *known)))
    small = [row.id for row in rows if row.size <= SMALL_BODY] if with_bodies else []
    heads: dict[int, bytes] = dict(conn.execute(_HEADS, {"ids": small}).all()) if small else {}
    return [
        Posting(
            id=row.id,
            queue_id=row.queue_id,
            account_key=row.account_key,
            account=row.account,
            message_id=row.message_id,
            sender=row.sender,
            size=row.size,
            plan=SendingPlan.of_row(row.plan),
            attempts=row.attempts,
            most_attempts=row.most_attempts,
            send_at=row.send_at,
            addressees=tuple(addressees[row.id]),
            is_copied=row.copied is not None,
            secrets=row.secrets,
            head=heads.get(row.id),
        )
        for row in rows
    ]


def mark(conn: sa.Connection, marks: Iterable[Mark], now: int) -> set[int]:
    """Mark queued messages of a locked lane as being written; return those that are. A mark may be made twice."""
    marked = set()
    for each in marks:
        known = {"b_id": each.submission, "b_attempt": each.attempt, "b_now": now}
        if conn.execute(_MARK, known).scalar_one_or_none() is not None:
            marked.add(each.submission)
    return marked


def unmark(conn: sa.Connection, key: int, tokens: Sequence[str]) -> None:
    """Make messages of a lane due again whose marks perhaps were made and were not used."""
    if tokens:
        conn.execute(_UNMARK, {"b_key": key, "b_tokens": list(tokens)})


def settle(conn: sa.Connection, result: AttemptResult, attempt: str, now: int) -> bool:
    """Store the result of a marked attempt. False when it does not count any more, or was stored before."""
    return _stored(conn, _SETTLE_SENDING, result, attempt, now)


def settle_late(conn: sa.Connection, result: AttemptResult, attempt: str, now: int) -> bool:
    """Store the result of an attempt that was believed to be lost. False when somebody has decided about it."""
    if result.state is MessageState.UNKNOWN:
        return False
    if not _stored(conn, _SETTLE_UNKNOWN, result, attempt, now, everyone=True):
        return False
    conn.execute(_FOUND_NO_MORE, {"b_id": result.posting.id})
    return True


def settle_waiting(conn: sa.Connection, result: AttemptResult, now: int) -> bool:
    """Store what becomes of a message that was not marked. False when it is not queued any more."""
    return _stored(conn, _SETTLE_QUEUED, result, "", now)


def _stored(
    conn: sa.Connection, statement: Any, result: AttemptResult, attempt: str, now: int, *, everyone: bool = False
) -> bool:
    if conn.execute(statement, _settled(result, attempt, now)).scalar_one_or_none() is None:
        return False
    changed = result.addressees if everyone else result.changed
    if changed:
        conn.execute(_SAY, [_said(result.posting.id, each, now) for each in changed])
    return True


def _settled(result: AttemptResult, attempt: str, now: int) -> dict[str, object]:
    return {
        "b_id": result.posting.id,
        "b_attempt": attempt,
        "b_state": result.state.value,
        # A late result of an unknown attempt still counts, and is known by its token.
        "b_token": attempt if result.state is MessageState.UNKNOWN else None,
        "b_attempts": result.attempts,
        "b_now": now,
        "b_next_at": result.next_at,
        "b_response": result.response,
        "b_keeps_error": result.because is None and result.state is MessageState.QUEUED,
        "b_error": result.because.as_row() if result.because is not None else None,
        "b_sent_as": result.sent_as,
        "b_copied": CopyState.PENDING.value if TaskKind.COPY in result.tasks else None,
        "b_finished_at": now if result.state in FINISHED else None,
    }


def _said(submission: int, addressee: Addressee, now: int) -> dict[str, object]:
    known = addressee.outcome
    return {
        "b_submission": submission,
        "b_place": addressee.place,
        "b_state": known.state.value,
        "b_code": known.code,
        "b_enhanced": known.enhanced,
        "b_said": known.said,
        "b_advice": known.advice,
        "b_at": now,
    }


def forget_bodies(conn: sa.Connection, submissions: Sequence[int]) -> None:
    """Remove the octets of messages that nobody needs any more."""
    if submissions:
        conn.execute(_FORGET_BODY, [{"b_id": each} for each in submissions])


def add_tasks(conn: sa.Connection, result: AttemptResult, now: int) -> None:
    """Add what is left to do for a message. A task that is there stays."""
    for kind in result.tasks:
        wait = FIND_AFTER_MS if kind is TaskKind.FIND else 0
        insert = insert_into(submission_tasks, conn.dialect.name).on_conflict_do_nothing()
        row = {"submission": result.posting.id, "kind": kind.value, "next_at": now + wait, "attempts": 0}
        conn.execute(insert, row)
