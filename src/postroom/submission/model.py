"""The values of submission: the states of a message and of its recipients, and what an attempt found. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from postroom.footprint.dataclass import dataclass

__all__ = [
    "FINISHED",
    "TOPIC",
    "CopyState",
    "MessageState",
    "RecipientOutcome",
    "RecipientState",
    "SubmittedBy",
    "TaskKind",
    "body_context",
    "secrets_context",
]

TOPIC: Final = "outbox"
"""The wake-up that work is due: a message was accepted, released or tried, or a task was added."""


class MessageState(StrEnum):
    """What is known of a message as a whole.

    QUEUED    it waits for its time, its turn, or the next attempt
    SENDING   a process may be writing it at this moment
    SENT      a server took it for at least one recipient, and nobody is left to try
    FAILED    no server took it, and nothing is tried any more
    UNKNOWN   it may have been taken: the answer was lost. It is never tried again by itself
    CANCELLED a caller took it back before it was sent to anyone
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


FINISHED: Final = frozenset({MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED})
"""States that only a caller, a late result or a bounce changes. UNKNOWN is not among them: somebody has to decide."""


class RecipientState(StrEnum):
    """What is known of one recipient. BOUNCED: a server took the message, and a report says it was not delivered."""

    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


class SubmittedBy(StrEnum):
    """Who submitted a message."""

    API = "api"


class CopyState(StrEnum):
    """What became of the copy in the folder of sent mail. A message for which none is wanted has no such state."""

    PENDING = "pending"
    STORED = "stored"
    FAILED = "failed"


class TaskKind(StrEnum):
    """What is left to do for a message.

    COPY   store it in the folder of sent mail
    MARK   set the flag of the message that it answers or forwards
    DRAFT  remove the draft that it was
    FIND   look for an UNKNOWN message in the folder of sent mail
    """

    COPY = "copy"
    MARK = "mark"
    DRAFT = "draft"
    FIND = "find"


@dataclass(frozen=True, slots=True)
class RecipientOutcome:
    """What became of a recipient, or of a whole message: the server's code, enhanced code and words, and our advice.

    `code` is None when no server answered. `enhanced` is for example `5.1.1` (RFC 3463).
    """

    state: RecipientState
    code: int | None = None
    enhanced: str | None = None
    said: str | None = None
    advice: str | None = None


def body_context(queue_id: str, place: int) -> str:
    """Return the context under which a piece of a message is sealed."""
    return f"submission:{queue_id}:{place}"


def secrets_context(queue_id: str) -> str:
    """Return the context under which the secrets of a message are sealed."""
    return f"submission:{queue_id}"
