"""The values of accepting: a message ready to be stored, what was stored, and the answer to a caller. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final, TypeAlias

from postroom.errors import Permanent, Transient
from postroom.footprint.dataclass import dataclass
from postroom.submission.model import SubmittedBy
from postroom.submission.plan import NO_PLAN, SendingPlan

__all__ = [
    "LONGEST_KEY",
    "AnswerGiven",
    "ComposedRequest",
    "IdempotencyKeyReused",
    "JsonObject",
    "RequestInFlight",
    "Submitted",
    "ToSubmit",
]

JsonObject: TypeAlias = Mapping[str, object]

LONGEST_KEY: Final = 1024
"""Characters of an idempotency key."""


class IdempotencyKeyReused(Permanent):
    """The idempotency key was used before with another request, so this request was not carried out."""

    code = "IdempotencyKeyReused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used before, with another request. Use a new key for each message, and the same "
            "key only to repeat the same request."
        )


class RequestInFlight(Transient):
    """An earlier request with the same idempotency key has no answer yet."""

    code = "InFlight"

    def __init__(self, retry_after: float = 1.0) -> None:
        super().__init__(
            "The first request with this Idempotency-Key is still being worked on. Repeat the request later, with the "
            "same key, to get its answer.",
            retry_after=retry_after,
        )


@dataclass(frozen=True, slots=True)
class ToSubmit:
    """A message ready to be stored. `message_id` has its angle brackets; `octets` have CRLF line ends and no Bcc.

    `send_at` is in milliseconds since 1970 UTC; None and the past mean now. `most_attempts` is None for the setting.
    `proxy` is a URL that may hold a password. An empty `sender` is the null reverse-path.
    """

    account: str
    sender: str
    recipients: tuple[str, ...]
    message_id: str
    subject: str
    octets: bytes = field(repr=False)
    plan: SendingPlan = NO_PLAN
    send_at: int | None = None
    most_attempts: int | None = None
    proxy: str | None = field(default=None, repr=False)
    source: SubmittedBy = SubmittedBy.API


@dataclass(frozen=True, slots=True)
class Submitted:
    """A message that is stored. `send_at` is when its first attempt is due, in milliseconds since 1970 UTC."""

    queue_id: str
    message_id: str
    send_at: int


@dataclass(frozen=True, slots=True)
class ComposedRequest:
    """A composed message, and the function that makes the answer to its caller.

    The answer is a JSON object. It is stored with the idempotency key, so it must hold no secret.
    """

    message: ToSubmit
    answer: Callable[[Submitted], JsonObject]


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """The answer to a request. `key` is its idempotency key, None without one.

    `is_repeated`: an earlier request with the same key was carried out, and this is its answer.
    """

    answer: JsonObject
    key: str | None = None
    is_repeated: bool = False
