"""SQL for messages under way: loads what is due, marks what may be written, and stores what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.schema.sending import (
    submission_bodies,
    submission_recipients,
    submission_tasks,
    submissions,
)
from postroom.storage.statements.connection import Connection
from postroom.storage.upsert import insert_into
from postroom.submission.delivery.rules.posting import Addressee, AttemptResult, Mark, Posting
from postroom.submission.model import FINISHED, CopyState, MessageState, RecipientOutcome, RecipientState, TaskKind
from postroom.submission.plan import SendingPlan

SMALL_BODY: Final = 64 * 1024
"""Octets of a message whose body is loaded together with it."""

FIND_AFTER_MS: Final = 10_000
"""Milliseconds after which an UNKNOWN message is searched for: the provider may file it a little later."""

# Literals, because SQLite uses a partial index only where the query repeats its condition.
_QUEUED = sa.text("submissions.state = 'queued'")
_SENDING = sa.text("submissions.state = 'sending'")
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
    .limit(sa.bindparam("limit", type_=sa.Integer))
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
_HOLD = (
    sa.select(submissions.c.id, submissions.c.state, submissions.c.attempt)
    .where(submissions.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(submissions.c.id)
    .with_for_update()
)
_ID = submissions.c.id == sa.bindparam("b_id")
_MARK = (
    sa.update(submissions)
    .where(_ID)
    .values(state=MessageState.SENDING.value, attempt=sa.bindparam("b_attempt"), attempted_at=sa.bindparam("b_now"))
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
_SETTLE = (
    sa.update(submissions)
    .where(_ID)
    .values(
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
)
_ATTEMPTED = sa.update(submissions).where(_ID).values(attempted_at=sa.bindparam("b_now"))
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
_FOUND_NO_MORE = sa.delete(submission_tasks).where(
    submission_tasks.c.submission == sa.bindparam("b_id"), submission_tasks.c.kind == TaskKind.FIND.value
)


@dataclass(frozen=True, slots=True)
class MessageStanding:
    """How a message stands: its state, and the token of the attempt that is under way or was lost."""

    state: MessageState
    attempt: str | None

    def is_under_way(self, mark: Mark) -> bool:
        """Whether the attempt of this mark is the one under way."""
        return self.state is MessageState.SENDING and self.attempt == mark.attempt

    def is_lost(self, mark: Mark) -> bool:
        """Whether this attempt is the one whose outcome is unknown."""
        return self.state is MessageState.UNKNOWN and self.attempt == mark.attempt


def load(
    conn: Connection, key: int, now: int, limit: int, *, known: Collection[int] = (), with_bodies: bool = True
) -> list[Posting]:
    """Return the first messages of a lane that are due, oldest first, without those that are `known`."""
    if limit <= 0:
        return []
    rows = conn.execute(_LOAD, {"key": key, "now": now, "limit": limit, "known": list(known)}).all()
    return _postings(conn, rows, with_bodies=with_bodies)


def orphans(conn: Connection, keys: Collection[int] | None) -> list[tuple[Posting, Mark]]:
    """Lock and return the messages of these lanes, or of all, that a process may have been writing when it ended."""
    query = _ORPHANS if keys is None else _ORPHANS.where(submissions.c.account_key.in_(list(keys)))
    rows = conn.execute(query).all()
    return [
        (posting, Mark(row.id, row.attempt or ""))
        for posting, row in zip(_postings(conn, rows, with_bodies=False), rows, strict=True)
    ]


def _postings(conn: Connection, rows: Sequence[Any], *, with_bodies: bool) -> list[Posting]:
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


def hold(conn: Connection, ids: Collection[int]) -> dict[int, MessageStanding]:
    """Lock messages until the transaction ends; return how each of them stands. Those that are gone are left out."""
    if not ids:
        return {}
    rows = conn.execute(_HOLD, {"ids": sorted(set(ids))}).all()
    return {row.id: MessageStanding(MessageState(row.state), row.attempt) for row in rows}


def mark(conn: Connection, marks: Sequence[Mark], now: int) -> None:
    """Mark messages that were locked by `hold`."""
    if marks:
        rows = [{"b_id": each.submission, "b_attempt": each.attempt, "b_now": now} for each in marks]
        conn.execute(_MARK, rows)


def unmark(conn: Connection, key: int, tokens: Sequence[str]) -> None:
    """Make messages of a lane due again whose marks perhaps were made and were not used."""
    if tokens:
        conn.execute(_UNMARK, {"b_key": key, "b_tokens": list(tokens)})


def settle(conn: Connection, results: Sequence[tuple[AttemptResult, Mark | None]], now: int) -> None:
    """Store results of messages that were locked by `hold`; those without a mark were tried as they waited."""
    if not results:
        return
    conn.execute(_SETTLE, [_settled(result, mark, now) for result, mark in results])
    tried = [{"b_id": result.posting.id, "b_now": now} for result, mark in results if mark is None]
    if tried:
        conn.execute(_ATTEMPTED, tried)


def say(conn: Connection, submission_and_addressees: Sequence[tuple[int, Sequence[Addressee]]], now: int) -> None:
    """Store what is known of recipients."""
    rows = [_said(submission, each, now) for submission, said in submission_and_addressees for each in said]
    if rows:
        conn.execute(_SAY, rows)


def forget_search(conn: Connection, ids: Sequence[int]) -> None:
    """Remove the task to look for messages whose outcome is known now."""
    if ids:
        conn.execute(_FOUND_NO_MORE, [{"b_id": each} for each in ids])


def _settled(result: AttemptResult, mark: Mark | None, now: int) -> dict[str, object]:
    return {
        "b_id": result.posting.id,
        "b_state": result.state.value,
        # A late result of an unknown attempt still counts, and is known by its token.
        "b_token": mark.attempt if mark is not None and result.state is MessageState.UNKNOWN else None,
        "b_attempts": result.attempts,
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


def add_tasks(conn: Connection, results: Sequence[AttemptResult], now: int) -> None:
    """Add what is left to do for messages. A task that is there stays."""
    rows = [_task(result.posting.id, kind, now) for result in results for kind in result.tasks]
    if rows:
        conn.execute(insert_into(submission_tasks, conn.dialect.name).on_conflict_do_nothing(), rows)


def _task(submission: int, kind: TaskKind, now: int) -> dict[str, object]:
    wait = FIND_AFTER_MS if kind is TaskKind.FIND else 0
    return {"submission": submission, "kind": kind.value, "next_at": now + wait, "attempts": 0}
