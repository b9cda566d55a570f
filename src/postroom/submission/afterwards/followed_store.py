"""SQL for the messages that tasks are for: reads them, and writes what came of the tasks."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from postroom.accounts import store as accounts_store
from postroom.events.sending import RecipientSaid
from postroom.footprint.dataclass import dataclass
from postroom.storage.schema.sending import sending_lanes as lanes
from postroom.storage.schema.sending import submission_recipients as recipients
from postroom.storage.schema.sending import submissions
from postroom.storage.statements.connection import Connection
from postroom.submission.afterwards.model import FollowedMessage
from postroom.submission.model import CopyState, MessageState, RecipientState
from postroom.submission.plan import SendingPlan

_MESSAGE = (
    *(submissions.c.id, submissions.c.queue_id, submissions.c.account_key, submissions.c.account),
    *(submissions.c.message_id, submissions.c.sent_as, submissions.c.sender, submissions.c.plan),
    *(submissions.c.state, submissions.c.copied, submissions.c.created_at),
    *(submissions.c.attempted_at, submissions.c.finished_at),
)
_TAKEN = (RecipientState.SENT.value, RecipientState.BOUNCED.value)
_UNTRIED = (RecipientState.QUEUED, RecipientState.DEFERRED)
_WAS_SENT = sa.exists().where(recipients.c.submission == submissions.c.id, recipients.c.state.in_(_TAKEN))
_LOAD = sa.select(*_MESSAGE, _WAS_SENT.label("was_sent")).where(submissions.c.id == sa.bindparam("id"))
_HOLD_LANE = sa.select(lanes.c.account_key).where(lanes.c.account_key == sa.bindparam("key")).with_for_update()
_HOLD = sa.select(submissions.c.id).where(submissions.c.id == sa.bindparam("id")).with_for_update()
_RECIPIENTS = (
    sa.select(
        *(recipients.c.address, recipients.c.state, recipients.c.code),
        *(recipients.c.enhanced, recipients.c.said, recipients.c.advice),
    )
    .where(recipients.c.submission == sa.bindparam("id"))
    .order_by(recipients.c.place)
)
_COPIED = (
    sa.update(submissions)
    .where(submissions.c.id == sa.bindparam("b_id"), submissions.c.copied == CopyState.PENDING.value)
    .values(copied=sa.bindparam("b_copied"), copy_error=sa.bindparam("b_error"))
)
_RESOLVE = (
    sa.update(submissions)
    .where(submissions.c.id == sa.bindparam("b_id"), submissions.c.state == MessageState.UNKNOWN.value)
    .values(
        state=sa.bindparam("b_state"),
        attempt=None,
        next_at=sa.bindparam("b_now"),
        finished_at=sa.bindparam("b_finished_at"),
        response=sa.bindparam("b_response"),
        copied=CopyState.STORED.value,
        copy_error=None,
    )
)
_RESOLVE_RECIPIENTS = (
    sa.update(recipients)
    .where(recipients.c.submission == sa.bindparam("b_id"), recipients.c.state == RecipientState.UNKNOWN.value)
    .values(state=RecipientState.SENT.value, said=sa.bindparam("b_said"), advice=None, at=sa.bindparam("b_now"))
)


@dataclass(frozen=True, slots=True)
class KnownRecipients:
    """The recipients of a message, in order."""

    told: tuple[RecipientSaid, ...]

    def addresses(self, states: Collection[RecipientState]) -> tuple[str, ...]:
        """Return the addresses of those in one of these states."""
        return tuple(each.recipient for each in self.told if each.state in states)

    def has(self, *states: RecipientState) -> bool:
        """Whether one is in one of these states."""
        return any(each.state in states for each in self.told)


def hold(conn: Connection, message: FollowedMessage, *, with_lane: bool = False) -> None:
    """Lock a message until the transaction ends, and its lane before it: everybody locks them in this order.

    Tasks are locked after their message.
    """
    if with_lane:
        conn.execute(_HOLD_LANE, {"key": message.account_key})
    conn.execute(_HOLD, {"id": message.id})


def load(conn: Connection, submission: int) -> FollowedMessage | None:
    """Return the message of a task; None when it is gone."""
    row = conn.execute(_LOAD, {"id": submission}).one_or_none()
    if row is None:
        return None
    settings, _ = accounts_store.load_settings(conn, row.account_key)
    return FollowedMessage(
        id=row.id,
        queue_id=row.queue_id,
        account_key=row.account_key,
        account=row.account,
        message_id=row.message_id,
        sent_as=row.sent_as,
        sender=row.sender,
        plan=SendingPlan.of_row(row.plan),
        state=MessageState(row.state),
        copied=CopyState(row.copied) if row.copied else None,
        created_at=row.created_at,
        attempted_at=row.attempted_at,
        finished_at=row.finished_at,
        was_sent_before=bool(row.was_sent),
        settings=settings,
    )


def recipients_of(conn: Connection, submission: int) -> KnownRecipients:
    """Return the recipients of a message."""
    return KnownRecipients(tuple(RecipientSaid(*row) for row in conn.execute(_RECIPIENTS, {"id": submission})))


def put_copy(conn: Connection, submission: int, copied: CopyState, error: str | None = None) -> bool:
    """Store what became of a copy that is pending; False when it is not."""
    changed = conn.execute(_COPIED, {"b_id": submission, "b_copied": copied.value, "b_error": error})
    return changed.rowcount == 1


def resolve_as_sent(conn: Connection, submission: int, said: str, now: int) -> MessageState | None:
    """Store that an unknown message was taken for the recipients that are unknown; None when it is not unknown.

    Returns its new state: it is queued again when other recipients are still to be tried.
    """
    untried = recipients_of(conn, submission).has(*_UNTRIED)
    state = MessageState.QUEUED if untried else MessageState.SENT
    finished_at = None if untried else now
    values = {"b_id": submission, "b_now": now, "b_finished_at": finished_at, "b_response": said}
    if conn.execute(_RESOLVE, {**values, "b_state": state.value}).rowcount != 1:
        return None
    conn.execute(_RESOLVE_RECIPIENTS, {"b_id": submission, "b_said": said, "b_now": now})
    return state
