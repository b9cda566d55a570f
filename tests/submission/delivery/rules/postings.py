"""Messages for the tests of delivery, and what servers answer to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from postroom.smtp.replies import Reply
from postroom.smtp.transaction import Answered
from postroom.submission.delivery.rules.posting import Addressee, AttemptResult, Moment, Posting
from postroom.submission.model import RecipientOutcome, RecipientState
from postroom.submission.plan import NO_PLAN

NOW = 1_800_000_000_000
AT = Moment(NOW, 0.5)
TAKEN = Reply(250, "OK queued as 4711", "2.0.0")


def posting(*recipients: str, states: tuple[RecipientState, ...] = (), **given: Any) -> Posting:
    """A message to these recipients, all QUEUED unless `states` says otherwise."""
    known = [RecipientOutcome(state) for state in states or [RecipientState.QUEUED] * len(recipients)]
    addressees = tuple(Addressee(place, *each) for place, each in enumerate(zip(recipients, known, strict=True)))
    usual = Posting(
        id=7,
        queue_id="0190ffffffffabcd",
        account_key=3,
        account="ann",
        message_id="<m@postroom>",
        sender="ann@example.com",
        size=100,
        plan=NO_PLAN,
        attempts=0,
        most_attempts=10,
        send_at=NOW,
        addressees=addressees,
    )
    return replace(usual, **given)


def again(result: AttemptResult) -> Posting:
    """The message as the next attempt finds it."""
    return replace(result.posting, addressees=result.addressees, attempts=result.attempts)


def refused(recipient: str, code: int, text: str = "no", enhanced: str | None = None) -> Answered:
    """The refusal of one recipient."""
    return Answered(recipient, "RCPT TO", Reply(code, text, enhanced))
