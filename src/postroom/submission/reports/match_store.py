"""SQL that finds the message that a report is about, and stores what the report says of its recipients."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import sqlalchemy as sa

from postroom.storage.schema.sending import submission_recipients as recipients
from postroom.storage.schema.sending import submissions
from postroom.storage.statements.connection import Connection
from postroom.submission.model import MessageState, RecipientOutcome, RecipientState
from postroom.submission.plan import SendingPlan
from postroom.submission.reports.model import MatchedRecipient, MatchedSubmission

_MOST: Final = 200
"""Messages of an account that are looked through: callers may give many messages one id."""

_IDS = (submissions.c.id, submissions.c.message_id, submissions.c.sent_as)
_BY_ID = (
    sa.select(*_IDS)
    .where(
        submissions.c.account_key == sa.bindparam("key"),
        sa.or_(
            submissions.c.message_id.in_(sa.bindparam("ids", expanding=True)),
            submissions.c.sent_as.in_(sa.bindparam("ids", expanding=True)),
        ),
    )
    .order_by(submissions.c.id.desc())
    .limit(_MOST)
)
_BY_QUEUE_ID = sa.select(submissions.c.id).where(
    submissions.c.account_key == sa.bindparam("key"), submissions.c.queue_id == sa.bindparam("queue_id")
)
_WITH_RECIPIENT = (
    sa.select(submissions.c.id, submissions.c.plan)
    .join(recipients, recipients.c.submission == submissions.c.id)
    .where(
        submissions.c.account_key == sa.bindparam("key"),
        recipients.c.address.in_(sa.bindparam("addresses", expanding=True)),
    )
    .order_by(submissions.c.id.desc())
    .limit(_MOST)
)
_ONE = sa.select(
    submissions.c.id,
    submissions.c.queue_id,
    submissions.c.state,
    submissions.c.message_id,
    submissions.c.sent_as,
    submissions.c.sender,
).where(submissions.c.id == sa.bindparam("id"))
_RECIPIENTS = (
    sa.select(recipients.c.place, recipients.c.address, recipients.c.state)
    .where(recipients.c.submission == sa.bindparam("id"))
    .order_by(recipients.c.place)
)
_BOUNCE = (
    sa.update(recipients)
    .where(
        recipients.c.submission == sa.bindparam("b_id"),
        recipients.c.place == sa.bindparam("b_place"),
        recipients.c.state == RecipientState.SENT.value,
    )
    .values(
        state=RecipientState.BOUNCED.value,
        code=sa.bindparam("b_code"),
        enhanced=sa.bindparam("b_enhanced"),
        said=sa.bindparam("b_said"),
        advice=sa.bindparam("b_advice"),
        at=sa.bindparam("b_now"),
    )
)


def find(conn: Connection, account_key: int, ids: Collection[str]) -> int | None:
    """Return the message of an account with one of these Message-IDs, the first of them that is known; None for none.

    If a caller sent several messages with one id, it is the newest.
    """
    if not ids:
        return None
    rows = conn.execute(_BY_ID, {"key": account_key, "ids": list(ids)}).all()
    by_id: dict[str, int] = {}
    for submission, message_id, sent_as in rows:
        for each in (message_id, sent_as):
            if each is not None:
                by_id.setdefault(each, submission)
    return next((by_id[each] for each in ids if each in by_id), None)


def find_by_envelope(conn: Connection, account_key: int, envelope_id: str, addresses: Collection[str]) -> int | None:
    """Return the message of an account with this envelope id (RFC 3461): our own id of it, or the caller's choice.

    The caller's ids are looked up among the messages to these addresses.
    """
    own: int | None = conn.execute(_BY_QUEUE_ID, {"key": account_key, "queue_id": envelope_id}).scalar_one_or_none()
    if own is not None or not addresses:
        return own
    rows = conn.execute(_WITH_RECIPIENT, {"key": account_key, "addresses": list(addresses)})
    return next((id_ for id_, plan in rows if SendingPlan.of_row(plan).dsn.id == envelope_id), None)


def load(conn: Connection, submission: int) -> MatchedSubmission | None:
    """Return a message and its recipients; None when it is gone."""
    row = conn.execute(_ONE, {"id": submission}).one_or_none()
    if row is None:
        return None
    found = conn.execute(_RECIPIENTS, {"id": submission})
    told = tuple(MatchedRecipient(place, address, RecipientState(state)) for place, address, state in found)
    message_id = row.sent_as or row.message_id
    return MatchedSubmission(row.id, row.queue_id, MessageState(row.state), message_id, row.sender, told)


def bounce(conn: Connection, submission: int, outcomes: Mapping[int, RecipientOutcome], now: int) -> int:
    """Store for recipients, by their places, that the message came back. Return how many were SENT before."""
    return sum(
        conn.execute(
            _BOUNCE,
            {
                "b_id": submission,
                "b_place": place,
                "b_code": outcome.code,
                "b_enhanced": outcome.enhanced,
                "b_said": outcome.said,
                "b_advice": outcome.advice,
                "b_now": now,
            },
        ).rowcount
        for place, outcome in outcomes.items()
    )
