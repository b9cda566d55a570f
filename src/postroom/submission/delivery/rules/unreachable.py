"""Judges a connection that could not be made: the waiting messages fail, or are tried again. Pure.

Refused credentials, TLS that is required and missing, and a server that does not speak SMTP are final: the messages
fail, and their sender learns why at once. Everything else passes, so the messages are tried again.
"""

from __future__ import annotations

from typing import Final

from postroom.connections.failures import NO_TURN, Failure
from postroom.errors import PostroomError
from postroom.footprint.dataclass import dataclass
from postroom.submission.delivery.rules.posting import Because
from postroom.submission.model import RecipientOutcome, RecipientState
from postroom.words.strangers import Words

__all__ = ["NO_SMTP", "Unreachable", "judged", "unreadable"]

_FINAL_CODES: Final = frozenset({"ETLS", "ETLSREQUIRED", "ESTARTTLS", "EPROTOCOL", "EENVELOPE", "EMESSAGE"})
_NOT_TRIED: Final = NO_TURN | {"ESESSIONCLOSED"}
_CODE_OF_STAGE: Final = {"credentials": "ENOAUTH", "oauth2-token": "EOAUTH2"}
_NO_SMTP_ADVICE: Final = "Give the account `smtp` settings, and then try the message again."


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Why there is no connection, and what it means for the recipients of each waiting message.

    `retry_after` is the least number of seconds until the next connection. `was_tried` is false when there was not even
    a turn to connect; then no message has lost an attempt. `enhanced` and `said` are the enhanced code and the text of
    the server's reply.
    """

    because: Because
    is_final: bool
    retry_after: float | None = None
    was_tried: bool = True
    enhanced: str | None = None
    said: Words | None = None

    @property
    def outcome(self) -> RecipientOutcome:
        """What becomes of a recipient."""
        state = RecipientState.REFUSED if self.is_final else RecipientState.DEFERRED
        because = self.because
        return RecipientOutcome(state, because.reply_code, self.enhanced, self.said or because.message, because.advice)


def judged(failure: Failure, stage: str) -> Unreachable:
    """Return what a session that failed in `stage` (`sessions.failures.Stage`) means."""
    is_refused = failure.kind == "authentication"
    code = _CODE_OF_STAGE.get(stage, "EAUTH") if is_refused else failure.code
    words, reply_code = failure.response, failure.reply_code
    enhanced = said = None
    if reply_code is not None:
        words = Words(f"{reply_code} {words}")
        enhanced = failure.code if "." in failure.code else None
        said = Words(failure.response.removeprefix(enhanced or "").strip())
    because = Because(
        words,
        code,
        "AUTH" if stage == "sign-in" else None,
        words if failure.status is not None else None,
        reply_code,
        failure.advice,
    )
    is_final = is_refused or (failure.code in _FINAL_CODES and failure.status is None)
    was_tried = failure.code not in _NOT_TRIED
    return Unreachable(because, is_final, failure.retry_after, was_tried, enhanced, said)


NO_SMTP: Final = Unreachable(
    Because(Words("The account has no server to send through."), "ENOSMTP", advice=_NO_SMTP_ADVICE), is_final=True
)
"""The account has no `smtp` settings any more, and its provider is not known."""


def unreadable(error: PostroomError) -> Unreachable:
    """Return what it means that a message's own octets, or its way, can no longer be read."""
    return Unreachable(Because(Words(error.message), "EMESSAGE", advice="Submit the message again."), is_final=True)
