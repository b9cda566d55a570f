"""The values of the outbox: messages as callers see them, filters, figures, and what cannot be done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass
from postroom.submission.model import CopyState, MessageState, RecipientState, SubmittedBy

__all__ = [
    "NOT_HELD",
    "CannotCancel",
    "CannotResolve",
    "CannotRetry",
    "LaneHold",
    "OutboxCounts",
    "OutboxFilter",
    "OutboxItem",
    "OutboxRecipient",
    "PausedBy",
    "SentMailSearch",
    "SubmissionNotFound",
]


class SubmissionNotFound(Permanent):
    """Message was not found in the outbox for requested ID"""

    code = "SubmissionNotFound"

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


class CannotCancel(Permanent):
    """The message is not waiting any more, so it was not taken back. `state` is what is known of it."""

    code = "CannotCancel"

    def __init__(self, state: MessageState) -> None:
        super().__init__(_NOT_CANCELLED[state])
        self.state = state


class CannotRetry(Permanent):
    """The message is not tried again. `state` is what is known of it."""

    code = "CannotRetry"

    def __init__(self, state: MessageState) -> None:
        super().__init__(_NOT_RETRIED[state])
        self.state = state


class CannotResolve(Permanent):
    """The outcome of the message is known. `state` is that outcome."""

    code = "CannotResolve"

    def __init__(self, state: MessageState) -> None:
        super().__init__(f"Only a message whose outcome is unknown can be resolved; this one is {state.value!r}.")
        self.state = state


_NOT_CANCELLED: Final[Mapping[MessageState, str]] = {
    MessageState.SENDING: "The message is being sent at this moment, so it cannot be taken back. See what becomes of "
    "it; if this attempt fails, it can be cancelled.",
    MessageState.SENT: "The message was sent, so it cannot be taken back.",
    MessageState.FAILED: "The message was given up before, so it will not be sent anyway.",
    MessageState.UNKNOWN: "The message may have been sent, and it is not tried again by itself. Resolve it as sent or "
    "for another try.",
    MessageState.CANCELLED: "The message was cancelled before.",
}
_NOT_RETRIED: Final[Mapping[MessageState, str]] = {
    MessageState.QUEUED: "The message waits for its next attempt already.",
    MessageState.SENDING: "The message is being sent at this moment.",
    MessageState.SENT: "A server took the message for each recipient, so nobody is left to try.",
    MessageState.CANCELLED: "The message was cancelled. Submit it again to send it.",
    # Only when every recipient has bounced.
    MessageState.FAILED: "A server took the message for each recipient, so nobody is left to try.",
    MessageState.UNKNOWN: "A server took the message for each recipient, so nobody is left to try.",
}


@dataclass(frozen=True, slots=True)
class OutboxRecipient:
    """One recipient, and what is known of it. `said` are the server's words, `advice` is ours.

    `at` is when that became known, in milliseconds since 1970 UTC.
    """

    address: str
    state: RecipientState
    code: int | None = None
    enhanced: str | None = None
    said: str | None = None
    advice: str | None = None
    at: int | None = None


class PausedBy(StrEnum):
    """Which of the pauses that callers make holds a message. Where there are several, the first of these.

    ALL      all sending is paused
    STOP     the account is disconnected
    ACCOUNT  sending of the account is paused
    """

    ALL = "all"
    STOP = "stop"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class LaneHold:
    """Why the account of a message sends nothing at present.

    `until` is when it goes on, in milliseconds since 1970 UTC, where its server asked for a pause; `reason` are the
    words for that.
    """

    paused_by: PausedBy | None = None
    until: int | None = None
    reason: str | None = None


NOT_HELD: Final = LaneHold()


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One message of the outbox. Times are milliseconds since 1970 UTC, `size` is in octets.

    `message_id` is the one the message was composed with, `sent_as` the one its server gave it, where that is another.
    `scheduled` is when it was to be sent first. `next_attempt` is None where none is planned. `error` is a JSON object
    with `message`, `code` and `statusCode`, of the last attempt that failed. `copied` is None where no copy is wanted.
    `has_body`: its octets are kept, so it can be tried again.
    """

    id: int
    queue_id: str
    account: str
    source: SubmittedBy
    state: MessageState
    message_id: str
    sent_as: str | None
    subject: str
    sender: str
    size: int
    created: int
    scheduled: int
    next_attempt: int | None
    attempts_made: int
    attempts: int
    attempted: int | None
    finished: int | None
    response: str | None
    error: Mapping[str, object] | None
    copied: CopyState | None
    copy_error: str | None
    has_body: bool
    hold: LaneHold = NOT_HELD
    recipients: tuple[OutboxRecipient, ...] = ()

    @property
    def progress(self) -> str:
        """The status of `progress` in the API: queued, smtp-starting, submitted or error."""
        if self.state is MessageState.SENDING:
            return "smtp-starting"
        if self.state is MessageState.SENT:
            return "submitted"
        is_fresh = self.state in (MessageState.QUEUED, MessageState.CANCELLED) and self.error is None
        return "queued" if is_fresh else "error"


@dataclass(frozen=True, slots=True)
class OutboxFilter:
    """Which messages to list; None and empty mean all. `since` and `before` limit when they were submitted.

    Times are milliseconds since 1970 UTC. `since` is included, `before` is not. `was_tried`: an attempt was made.
    """

    account: str | None = None
    states: tuple[MessageState, ...] = ()
    was_tried: bool | None = None
    recipient: str | None = None
    since: int | None = None
    before: int | None = None
    page: int = 0
    page_size: int = 20


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many messages are under way. `oldest_due` is since when the longest of `waiting` has waited.

    ACTIVE   may be written at this moment
    WAITING  are due
    DELAYED  wait for their time, or their account's server asked for a pause
    PAUSED   wait until a caller resumes sending
    UNKNOWN  wait until somebody decides
    """

    active: int = 0
    waiting: int = 0
    delayed: int = 0
    paused: int = 0
    unknown: int = 0
    oldest_due: int | None = None


@dataclass(frozen=True, slots=True)
class SentMailSearch:
    """The search for a message of unknown outcome in sent mail, as long as it goes on.

    `looks` counts how often it was begun. `next_look` is in milliseconds since 1970 UTC.
    """

    looks: int
    next_look: int
