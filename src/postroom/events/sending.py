"""The events of sending: one class each, with the name and the `data` that a webhook carries. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar, Final, Literal

from postroom.footprint.dataclass import dataclass

__all__ = [
    "SENDING",
    "CopyFailed",
    "DeliveryError",
    "MessageBounce",
    "MessageComplaint",
    "MessageFailed",
    "MessageResolved",
    "MessageSent",
    "MessageUnknown",
    "Posted",
    "RecipientSaid",
]


@dataclass(frozen=True, slots=True)
class Posted:
    """The message that an event is about, and the envelope of the attempt. `message_id` has its angle brackets."""

    queue_id: str
    message_id: str
    sender: str
    recipients: tuple[str, ...]

    def data(self) -> dict[str, object]:
        """Return the members that the events share."""
        envelope = {"from": self.sender, "to": list(self.recipients)}
        return {"messageId": self.message_id, "queueId": self.queue_id, "envelope": envelope}


@dataclass(frozen=True, slots=True)
class RecipientSaid:
    """What a server said about one recipient. `code` and `enhanced` are None when no server answered."""

    recipient: str
    state: str
    code: int | None
    enhanced: str | None
    said: str | None
    advice: str | None

    def data(self) -> dict[str, object]:
        """Return the object of the list `recipients`."""
        return {
            "recipient": self.recipient,
            "state": self.state,
            "smtpResponseCode": self.code,
            "enhancedCode": self.enhanced,
            "smtpResponse": self.said,
            "advice": self.advice,
        }


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A server took the message for the recipients in the envelope.

    `response` are its words. `original_message_id` is ours where the server gave the message another one, which is then
    `messageId`. `refused` are the recipients that it did not take.
    """

    posted: Posted
    response: str
    original_message_id: str | None = None
    refused: tuple[RecipientSaid, ...] = ()
    name: ClassVar[str] = "messageSent"
    path: ClassVar[str | None] = None
    special_use: ClassVar[str | None] = None

    def data(self) -> Mapping[str, object]:
        given: dict[str, object] = {}
        if self.original_message_id is not None:
            given["originalMessageId"] = self.original_message_id
        if self.refused:
            given["refused"] = [each.data() for each in self.refused]
        return {**self.posted.data(), "response": self.response, **given}


@dataclass(frozen=True, slots=True)
class DeliveryError:
    """An attempt failed for the recipients in the envelope. `next_attempt` is ISO 8601, None when there is none.

    `command` is the SMTP command that failed, `code` one of ours (`EENVELOPE`).
    """

    posted: Posted
    error: str
    code: str
    command: str | None
    reply: str | None
    reply_code: int | None
    attempts_made: int
    attempts: int
    next_attempt: str | None
    recipients: tuple[RecipientSaid, ...] = ()
    name: ClassVar[str] = "messageDeliveryError"
    path: ClassVar[str | None] = None
    special_use: ClassVar[str | None] = None

    def data(self) -> Mapping[str, object]:
        return {
            **self.posted.data(),
            "error": self.error,
            "errorCode": self.code,
            "smtpResponse": self.reply,
            "smtpResponseCode": self.reply_code,
            "smtpCommand": self.command,
            "recipients": [each.data() for each in self.recipients],
            "job": {
                "id": self.posted.queue_id,
                "attemptsMade": self.attempts_made,
                "attempts": self.attempts,
                "nextAttempt": self.next_attempt or False,
            },
        }


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """The message was given up, and no server took it for anybody."""

    posted: Posted
    error: str
    recipients: tuple[RecipientSaid, ...] = ()
    name: ClassVar[str] = "messageFailed"
    path: ClassVar[str | None] = None
    special_use: ClassVar[str | None] = None

    def data(self) -> Mapping[str, object]:
        said = [each.data() for each in self.recipients]
        return {**self.posted.data(), "error": self.error.partition("\n")[0], "recipients": said}


@dataclass(frozen=True, slots=True)
class MessageUnknown:
    """It is not known whether the server took the message. `reason` says what happened."""

    posted: Posted
    reason: str
    name: ClassVar[str] = "messageUnknown"
    path: ClassVar[str | None] = None
    special_use: ClassVar[str | None] = None

    def data(self) -> Mapping[str, object]:
        return {**self.posted.data(), "error": self.reason}


@dataclass(frozen=True, slots=True)
class MessageResolved:
    """An unknown outcome was decided. `by`: it was found in sent mail, a late answer came, a bounce, or a caller."""

    posted: Posted
    as_: Literal["sent", "retry", "failed"]
    by: Literal["sentMail", "lateAnswer", "bounce", "caller"]
    found: str | None = None
    name: ClassVar[str] = "messageResolved"
    path: ClassVar[str | None] = None
    special_use: ClassVar[str | None] = None

    def data(self) -> Mapping[str, object]:
        given = {"message": self.found} if self.found is not None else {}
        return {**self.posted.data(), "as": self.as_, "by": self.by, **given}


@dataclass(frozen=True, slots=True)
class CopyFailed:
    """The message was sent, and its copy could not be stored in the folder `folder` (None when there is none)."""

    posted: Posted
    folder: str | None
    error: str
    name: ClassVar[str] = "messageCopyError"
    path: ClassVar[str | None] = None
    special_use: ClassVar[str | None] = None

    def data(self) -> Mapping[str, object]:
        return {**self.posted.data(), "path": self.folder, "error": self.error}


@dataclass(frozen=True, slots=True)
class MessageBounce:
    """A report says that a message was not delivered, or is late. `payload` is documented in docs/events.md."""

    payload: Mapping[str, object] = field(repr=False)
    name: ClassVar[str] = "messageBounce"
    path: ClassVar[str | None] = None
    special_use: ClassVar[str | None] = None

    def data(self) -> Mapping[str, object]:
        return self.payload


@dataclass(frozen=True, slots=True)
class MessageComplaint:
    """A recipient complained of a message (RFC 5965). `payload` is documented in docs/events.md."""

    payload: Mapping[str, object] = field(repr=False)
    name: ClassVar[str] = "messageComplaint"
    path: ClassVar[str | None] = None
    special_use: ClassVar[str | None] = None

    def data(self) -> Mapping[str, object]:
        return self.payload


SENDING: Final = (
    *(MessageSent.name, DeliveryError.name, MessageFailed.name, MessageUnknown.name, MessageResolved.name),
    *(CopyFailed.name, MessageBounce.name, MessageComplaint.name),
)
"""The names of all events about a message of the outbox."""
