"""SQL that reads the outbox: messages with their recipients and what holds them, and how many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from postroom.storage.schema.sending import (
    sending_lanes,
    submission_bodies,
    submission_recipients,
    submission_tasks,
    submissions,
)
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.submission.model import CopyState, MessageState, RecipientState, SubmittedBy, TaskKind
from postroom.submission.outbox.model import (
    NOT_HELD,
    LaneHold,
    OutboxCounts,
    OutboxFilter,
    OutboxItem,
    OutboxRecipient,
    PausedBy,
    SentMailSearch,
)
from postroom.submission.plan import SendingPlan

_BODY = sa.exists().where(submission_bodies.c.submission == submissions.c.id)
_STOPPED = accounts.c.wanted == "stopped"
_PAUSED = sa.or_(_STOPPED, sa.func.coalesce(sending_lanes.c.paused, sa.false()))
_NEXT = submissions.c.next_at
_ITEM = (
    sa.select(
        submissions.c.id,
        submissions.c.queue_id,
        submissions.c.account,
        submissions.c.source,
        submissions.c.state,
        submissions.c.message_id,
        submissions.c.sent_as,
        submissions.c.subject,
        submissions.c.sender,
        submissions.c.size,
        submissions.c.created_at,
        submissions.c.send_at,
        submissions.c.next_at,
        submissions.c.attempts,
        submissions.c.most_attempts,
        submissions.c.attempted_at,
        submissions.c.finished_at,
        submissions.c.response,
        submissions.c.error,
        submissions.c.copied,
        submissions.c.copy_error,
        _BODY.label("has_body"),
        _STOPPED.label("is_stopped"),
        _PAUSED.label("is_paused"),
        sending_lanes.c.held_until,
        sending_lanes.c.held_for,
    )
    .join(accounts, accounts.c.key == submissions.c.account_key)
    .outerjoin(sending_lanes, sending_lanes.c.account_key == submissions.c.account_key)
)
_ONE = _ITEM.where(submissions.c.queue_id == sa.bindparam("queue_id"))
_THIS = submissions.c.queue_id == sa.bindparam("queue_id")
_PLAN = sa.select(submissions.c.plan).where(_THIS)
_SEARCH = (
    sa.select(submission_tasks.c.attempts, submission_tasks.c.next_at)
    .join(submissions, submissions.c.id == submission_tasks.c.submission)
    .where(_THIS, submission_tasks.c.kind == TaskKind.FIND.value)
)
_HOLD_LANE = (
    sa.select(sending_lanes.c.account_key)
    .where(sending_lanes.c.account_key == sa.select(submissions.c.account_key).where(_THIS).scalar_subquery())
    .with_for_update()
)
_HOLD = sa.select(submissions.c.account_key).where(_THIS).with_for_update()
_RECIPIENTS = (
    sa.select(
        submission_recipients.c.submission,
        submission_recipients.c.address,
        submission_recipients.c.state,
        submission_recipients.c.code,
        submission_recipients.c.enhanced,
        submission_recipients.c.said,
        submission_recipients.c.advice,
        submission_recipients.c.at,
    )
    .where(submission_recipients.c.submission.in_(sa.bindparam("ids", expanding=True)))
    .order_by(submission_recipients.c.submission, submission_recipients.c.place)
)


def find(conn: Connection, queue_id: str, now: int, *, is_paused: bool) -> OutboxItem | None:
    """Return one message. `is_paused`: all sending is paused."""
    row = conn.execute(_ONE, {"queue_id": queue_id}).one_or_none()
    return _items(conn, [row], now, is_paused)[0] if row else None


def plan_of(conn: Connection, queue_id: str) -> SendingPlan:
    """Return how a message is to be sent."""
    return SendingPlan.of_row(conn.execute(_PLAN, {"queue_id": queue_id}).scalar_one_or_none() or {})


def search_of(conn: Connection, queue_id: str) -> SentMailSearch | None:
    """Return the search for a message in sent mail; None when there is none, or none any more."""
    row = conn.execute(_SEARCH, {"queue_id": queue_id}).one_or_none()
    return SentMailSearch(row.attempts, row.next_at) if row else None


def hold(conn: Connection, queue_id: str) -> int | None:
    """Lock a message until the transaction ends; return the key of its account, None when it is not there.

    Its lane is locked first, as whoever sends does it, so neither waits for the other for ever.
    """
    known = {"queue_id": queue_id}
    conn.execute(_HOLD_LANE, known)
    key: int | None = conn.execute(_HOLD, known).scalar_one_or_none()
    return key


def page(conn: Connection, query: OutboxFilter, now: int, *, is_paused: bool) -> tuple[int, list[OutboxItem]]:
    """Return how many messages match, and one page of them, newest first."""
    which = list(_which(query))
    total = int(conn.execute(sa.select(sa.func.count()).select_from(submissions).where(*which)).scalar_one())
    shown = _ITEM.where(*which).order_by(submissions.c.id.desc())
    rows = conn.execute(shown.limit(query.page_size).offset(query.page * query.page_size)).all()
    return total, _items(conn, rows, now, is_paused)


def _which(query: OutboxFilter) -> list[sa.ColumnElement[bool]]:
    which: list[sa.ColumnElement[bool]] = []
    if query.account is not None:
        which.append(submissions.c.account == query.account)
    if query.states:
        which.append(submissions.c.state.in_([state.value for state in query.states]))
    if query.was_tried is not None:
        which.append(submissions.c.attempts > 0 if query.was_tried else submissions.c.attempts == 0)
    if query.recipient is not None:
        # The index compares exactly. Most addresses are stored in small letters.
        spelled = (query.recipient, query.recipient.lower())
        found = sa.select(submission_recipients.c.submission).where(submission_recipients.c.address.in_(spelled))
        which.append(submissions.c.id.in_(found))
    if query.since is not None:
        which.append(submissions.c.created_at >= query.since)
    if query.before is not None:
        which.append(submissions.c.created_at < query.before)
    return which


def _items(conn: Connection, rows: Sequence[Any], now: int, is_paused: bool) -> list[OutboxItem]:
    recipients: defaultdict[int, list[OutboxRecipient]] = defaultdict(list)
    if rows:
        for submission, address, state, *known in conn.execute(_RECIPIENTS, {"ids": [row.id for row in rows]}):
            recipients[submission].append(OutboxRecipient(address, RecipientState(state), *known))
    return [_item(row, tuple(recipients[row.id]), now, is_paused) for row in rows]


def _item(row: Any, recipients: tuple[OutboxRecipient, ...], now: int, is_paused: bool) -> OutboxItem:
    state = MessageState(row.state)
    hold = _hold_of(row, now, is_paused) if state is MessageState.QUEUED else NOT_HELD
    return OutboxItem(
        id=row.id,
        queue_id=row.queue_id,
        account=row.account,
        source=SubmittedBy(row.source),
        state=state,
        message_id=row.message_id,
        sent_as=row.sent_as,
        subject=row.subject,
        sender=row.sender,
        size=row.size,
        created=row.created_at,
        scheduled=row.send_at,
        next_attempt=max(row.next_at, hold.until or 0) if state is MessageState.QUEUED else None,
        attempts_made=row.attempts,
        attempts=row.most_attempts,
        attempted=row.attempted_at,
        finished=row.finished_at,
        response=row.response,
        error=row.error,
        copied=CopyState(row.copied) if row.copied else None,
        copy_error=row.copy_error,
        has_body=bool(row.has_body),
        hold=hold,
        recipients=recipients,
    )


def _hold_of(row: Any, now: int, is_paused: bool) -> LaneHold:
    waits = row.held_until is not None and row.held_until > now
    return LaneHold(_paused_by(row, is_paused), row.held_until if waits else None, row.held_for if waits else None)


def _paused_by(row: Any, is_paused: bool) -> PausedBy | None:
    if is_paused:
        return PausedBy.ALL
    if row.is_stopped:
        return PausedBy.STOP
    return PausedBy.ACCOUNT if row.is_paused else None


def counts(conn: Connection, now: int, *, is_paused: bool) -> OutboxCounts:
    """Return how many messages are under way. `is_paused`: all sending is paused."""
    queued = submissions.c.state == MessageState.QUEUED.value
    later = sa.case((sending_lanes.c.held_until > _NEXT, sending_lanes.c.held_until), else_=_NEXT)
    paused = sa.true() if is_paused else _PAUSED
    is_due = queued & ~paused & (later <= now)
    query = (
        sa.select(
            _number(submissions.c.state == MessageState.SENDING.value),
            _number(is_due),
            _number(queued & ~paused & (later > now)),
            _number(queued & paused),
            _number(submissions.c.state == MessageState.UNKNOWN.value),
            sa.func.min(sa.case((is_due, later))),
        )
        .select_from(submissions)
        .join(accounts, accounts.c.key == submissions.c.account_key)
        .outerjoin(sending_lanes, sending_lanes.c.account_key == submissions.c.account_key)
        .where(submissions.c.finished_at.is_(None))
    )
    return OutboxCounts(*conn.execute(query).one())


def _number(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((which, 1), else_=0)), 0)
