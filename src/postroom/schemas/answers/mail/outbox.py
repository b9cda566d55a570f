"""The types of answers about messages that were submitted, and about pauses of sending."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict

from postroom.schemas.fields import OneOf
from postroom.schemas.states import OutboxState
from postroom.schemas.told import Time
from postroom.submission.model import CopyState, RecipientState, SubmittedBy

RecipientStateName = TypeAliasType(
    "RecipientStateName", Annotated[str, OneOf([state.value for state in RecipientState])]
)
CopyStateName = TypeAliasType("CopyStateName", Annotated[str, OneOf([state.value for state in CopyState])])
SourceName = TypeAliasType("SourceName", Annotated[str, OneOf([each.value for each in SubmittedBy])])
ProgressStatus = TypeAliasType("ProgressStatus", Literal["queued", "smtp-starting", "submitted", "error"])

# This form is needed because `from` is a Python keyword.
SentEnvelope = TypedDict("SentEnvelope", {"from": str, "to": list[str]})
SentEnvelope.__doc__ = "Whom a message is from, and whom it is for."


class SendingError(TypedDict):
    """Why the last attempt failed."""

    message: str
    code: Annotated[str | None, Field(description="A code of Postroom's, such as `EAUTH`; null for a server's answer")]
    statusCode: Annotated[int | None, Field(description="The server's reply code, null when it gave none")]


class SendingProgress(TypedDict):
    """The state in the words of other gateways."""

    status: ProgressStatus
    response: Annotated[str | None, Field(description="The words with which a server took the message")]
    error: SendingError | None


class OutboxRecipient(TypedDict):
    """What is known of one recipient."""

    address: str
    state: RecipientStateName
    code: Annotated[int | None, Field(description="The server's reply code")]
    enhancedCode: Annotated[str | None, Field(description="The server's enhanced code (RFC 3463), such as `5.1.1`")]
    response: Annotated[str | None, Field(description="The server's words")]
    advice: Annotated[str | None, Field(description="What to do, in one sentence")]
    time: Annotated[Time | None, Field(description="When it became known")]


class SentCopy(TypedDict):
    """What became of the copy in the folder of sent mail."""

    state: CopyStateName
    error: str | None


class Held(TypedDict):
    """Why nothing of the account is sent now. `until` is null when it takes a call to go on."""

    until: Time | None
    reason: str


class OutboxItem(TypedDict):
    """A message that was submitted, and what became of it."""

    queueId: str
    account: str
    source: SourceName
    state: OutboxState
    messageId: str
    sentAs: Annotated[str | None, Field(description="The Message-ID that the server gave it instead, null if none")]
    envelope: SentEnvelope
    subject: str
    size: Annotated[int, Field(description="Octets")]
    created: Time
    scheduled: Annotated[Time, Field(description="When it was to be sent at the earliest")]
    nextAttempt: Annotated[Time | Literal[False], Field(description="When it is tried next, false when it is not")]
    attemptsMade: int
    attempts: Annotated[int, Field(description="The most attempts")]
    finished: Annotated[Time | None, Field(description="Since when nothing more is tried")]
    recipients: list[OutboxRecipient]
    copy: Annotated[SentCopy | None, Field(description="The copy in the folder of sent mail, null when there is none")]
    held: Annotated[Held | None, Field(description="For a queued message: why the account sends nothing now")]
    progress: SendingProgress


class OutboxPage(TypedDict):
    """A page of submitted messages, the newest first."""

    total: int
    page: int
    pages: int
    messages: list[OutboxItem]


class CancelledItem(TypedDict):
    """Whether a message was taken back before it was sent."""

    deleted: bool


class PausedSending(TypedDict):
    """Whether the sending of an account is paused."""

    account: str
    paused: bool


class QueueJobs(TypedDict):
    """The number of messages that wait, and why."""

    active: Annotated[int, Field(description="Messages being sent now")]
    delayed: Annotated[int, Field(description="Messages whose time or next attempt is later")]
    paused: Annotated[int, Field(description="Messages that wait for the end of a pause")]
    waiting: Annotated[int, Field(description="Messages that are due")]


class Queue(TypedDict):
    """The queue of messages to send."""

    queue: Literal["submit"]
    jobs: NotRequired[Annotated[QueueJobs, Field(description="Left out when the database did not tell after a change")]]
    paused: bool
