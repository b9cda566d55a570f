"""Takes messages from callers: written, held against the limits, and stored to be sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from postroom.errors import OutcomeUnknown, Permanent, Transient
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.mailboxes.uploading.writing import Writing
from postroom.mailboxes.visit import TimeAllowed
from postroom.storage.database import Database
from postroom.submission.ability import demand_server
from postroom.submission.accepting.model import AnswerGiven, ComposedRequest, JsonObject, Submitted
from postroom.submission.accepting.service import Accepting
from postroom.submission.accepting.submission import Submission, WrittenMessage
from postroom.submission.accepting.writing import to_submit, write

__all__ = ["MessageTooLarge", "SubmissionRequest", "SubmissionUncertain", "Submissions"]

AnswerMaker: TypeAlias = Callable[[WrittenMessage, Submitted], JsonObject]
log = get_logger("submission")


class MessageTooLarge(Permanent):
    """The message is larger than the operator allows."""

    code = "MessageTooLarge"

    def __init__(self, size: int, largest: int) -> None:
        super().__init__(
            f"The message has {size} octets, and at most {largest} are accepted (POSTROOM_MAX_MESSAGE_SIZE)"
        )


class SubmissionUncertain(Transient):
    """The database went away while the message was being stored, and did not come back to tell what it did."""

    code = "OutcomeUnknown"

    def __init__(self, *, has_key: bool) -> None:
        cure = (
            "Repeat the request with the same Idempotency-Key: the message is then sent once."
            if has_key
            else "Look into the outbox before you submit it again. A request with an Idempotency-Key could just be "
            "repeated."
        )
        super().__init__(
            "The database went away while the message was being stored: whether it will be sent is not known. " + cure,
            retry_after=1.0,
        )


@dataclass(frozen=True, slots=True)
class SubmissionRequest:
    """A request to send: whose, its idempotency key, and a hash of all that it asks for.

    `submission` is awaited only if the request is the first with its key.
    """

    account: str
    submission: Callable[[], Awaitable[Submission]]
    key: str | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Submissions:
    """Takes messages from callers. `largest` is the limit of a message, in octets."""

    db: Database
    writing: Writing
    accepting: Accepting
    largest: int

    async def submit(self, request: SubmissionRequest, allowed: TimeAllowed, answer: AnswerMaker) -> AnswerGiven:
        """Write a message, store it to be sent, and return the answer to the request.

        Raises SmtpUnavailable, MessageTooLarge, SubmissionUncertain, and what `write` and `Accepting.once` raise.
        """

        async def work() -> ComposedRequest:
            submission = await request.submission()
            written = await self.preview(request.account, submission, allowed)
            return ComposedRequest(to_submit(request.account, submission, written), partial(answer, written))

        try:
            return await self.accepting.once(request.account, request.key, request.fingerprint, work)
        except OutcomeUnknown as error:
            log.warning("whether a message was stored is not known", account=request.account, error=error.message)
            raise SubmissionUncertain(has_key=request.key is not None) from error

    async def preview(self, account: str, submission: Submission, allowed: TimeAllowed) -> WrittenMessage:
        """Write a message. Raises SmtpUnavailable, MessageTooLarge, and what `write` raises."""
        await self.db.read(partial(demand_server, account=account))
        written = await write(self.writing, account, submission, allowed)
        if len(written.octets) > self.largest:
            raise MessageTooLarge(len(written.octets), self.largest)
        return written
