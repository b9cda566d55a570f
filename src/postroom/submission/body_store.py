"""SQL for the sealed pieces of stored messages: reads one at a time, and removes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.schema.sending import submission_bodies, submissions
from postroom.storage.statements.connection import Connection

_PIECE = (
    sa.select(submissions.c.queue_id, submissions.c.size, submission_bodies.c.sealed)
    .select_from(submissions)
    .outerjoin(
        submission_bodies,
        (submission_bodies.c.submission == submissions.c.id) & (submission_bodies.c.place == sa.bindparam("place")),
    )
    .where(submissions.c.id == sa.bindparam("submission"))
)
_REMOVE = sa.delete(submission_bodies).where(submission_bodies.c.submission.in_(sa.bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class BodyPiece:
    """One piece of a message. `size` is the size of the whole message in octets; `sealed` is None when it is gone."""

    queue_id: str
    size: int
    sealed: bytes | None = field(repr=False)


def piece(conn: Connection, submission: int, place: int) -> BodyPiece | None:
    """Return a piece of a message; None when the message is not there."""
    row = conn.execute(_PIECE, {"submission": submission, "place": place}).one_or_none()
    return BodyPiece(*row) if row else None


def remove(conn: Connection, submissions: Sequence[int]) -> None:
    """Remove the octets of messages."""
    if submissions:
        conn.execute(_REMOVE, {"ids": list(submissions)})
