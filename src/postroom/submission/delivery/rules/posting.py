"""The values of delivery: a message as an attempt finds it, and what the attempt leads to. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace

from postroom.events.sending import (
    DeliveryError,
    MessageFailed,
    MessageResolved,
    MessageSent,
    MessageUnknown,
    Posted,
    RecipientSaid,
)
from postroom.footprint.dataclass import dataclass
from postroom.submission.model import MessageState, RecipientOutcome, RecipientState, TaskKind
from postroom.submission.plan import SendingPlan
from postroom.words.strangers import Words

__all__ = [
    "PENDING",
    "SUCCEEDED",
    "Addressee",
    "AttemptResult",
    "Because",
    "Mark",
    "Moment",
    "Pause",
    "Posting",
    "SendingEvent",
]

PENDING = frozenset({RecipientState.QUEUED, RecipientState.DEFERRED})
"""Recipients who are still to be tried."""

SUCCEEDED = frozenset({RecipientState.SENT, RecipientState.BOUNCED})
"""Recipients for whom a server took the message."""

SendingEvent = DeliveryError | MessageFailed | MessageResolved | MessageSent | MessageUnknown


@dataclass(frozen=True, slots=True)
class Addressee:
    """A recipient: its place in the list, and what is known of it."""

    place: int
    address: str
    outcome: RecipientOutcome

    @property
    def state(self) -> RecipientState:
        """Its state."""
        return self.outcome.state

    def again(self) -> Addressee:
        """Return a deferred recipient as one who is asked again; its words stay until there are others."""
        if self.state is not RecipientState.DEFERRED:
            return self
        return replace(self, outcome=replace(self.outcome, state=RecipientState.QUEUED))

    def said(self) -> RecipientSaid:
        """Return what an event says about it."""
        known = self.outcome
        return RecipientSaid(self.address, known.state.value, known.code, known.enhanced, known.said, known.advice)


@dataclass(frozen=True, slots=True)
class Posting:
    """A message as an attempt finds it. `attempts` were made before. `secrets` and `head` are sealed.

    `head` is the one piece of the body, where that is small and was read in advance. `is_copied`: the copy in sent mail
    was decided on before.
    """

    id: int
    queue_id: str
    account_key: int
    account: str
    message_id: str
    sender: str
    size: int
    plan: SendingPlan
    attempts: int
    most_attempts: int
    send_at: int
    addressees: tuple[Addressee, ...]
    is_copied: bool = False
    secrets: str | None = field(default=None, repr=False)
    head: bytes | None = field(default=None, repr=False)

    def opened(self) -> tuple[Addressee, ...]:
        """Return the recipients at the begin of a transaction.

        One attempt asks everyone, in several transactions if there are many recipients. Those who were not asked yet
        are QUEUED. When nobody is, the next attempt begins, and the deferred ones are QUEUED again.
        """
        if any(each.state is RecipientState.QUEUED for each in self.addressees):
            return self.addressees
        return tuple(each.again() for each in self.addressees)

    def next_recipients(self, most: int | None) -> tuple[str, ...]:
        """Return the addresses for the next transaction, at most `most`, without duplicates."""
        unasked = [each.address for each in self.opened() if each.state is RecipientState.QUEUED]
        return tuple(dict.fromkeys(unasked))[:most]

    def posted(self, recipients: Iterable[str], sent_as: str | None = None) -> Posted:
        """Return what every event about the message holds."""
        return Posted(self.queue_id, sent_as or self.message_id, self.sender, tuple(recipients))


@dataclass(frozen=True, slots=True)
class Mark:
    """A message that may be written from now on, and the token of the attempt."""

    submission: int
    attempt: str


@dataclass(frozen=True, slots=True)
class Moment:
    """The time (milliseconds since 1970), and a random number from 0 to 1 for the jitter of waits."""

    now: int
    roll: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Until when an account sends nothing (milliseconds since 1970), and why."""

    until: int
    reason: str


@dataclass(frozen=True, slots=True)
class Because:
    """Why an attempt failed, for an event, the outbox and the account.

    `code` is ours (`EENVELOPE`), `command` the SMTP command under way. `reply` are the server's words with its code,
    None when no server answered.
    """

    message: Words
    code: str
    command: str | None = None
    reply: Words | None = None
    reply_code: int | None = None
    advice: str | None = None

    def as_row(self) -> dict[str, object]:
        """Return the object of the column `error`."""
        return {
            "message": self.message,
            "code": self.code,
            "statusCode": self.reply_code,
            "command": self.command,
            "advice": self.advice,
        }


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What became of a message: its new state, the recipients that changed, the events, and the tasks to add.

    `attempts` are those made so far. `next_at` counts in the state QUEUED. `response` are the words with which a server
    took the message. `because` is why somebody did not get it. `pause` is for the whole account. `was_written`: the
    message was transmitted, so it counts against the provider's budget.
    """

    posting: Posting
    state: MessageState
    addressees: tuple[Addressee, ...]
    attempts: int
    next_at: int
    events: tuple[SendingEvent, ...] = ()
    tasks: tuple[TaskKind, ...] = ()
    response: Words | None = None
    because: Because | None = None
    sent_as: str | None = None
    pause: Pause | None = None
    was_written: bool = False

    @property
    def changed(self) -> tuple[Addressee, ...]:
        """The recipients about whom something new is known."""
        before = {each.place: each for each in self.posting.addressees}
        return tuple(each for each in self.addressees if each != before[each.place])
