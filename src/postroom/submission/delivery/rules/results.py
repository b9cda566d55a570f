"""What the answers of a server make of a message: new states, events, tasks, and a pause of the account. Pure.

A positive answer to the data: the accepted recipients have it. A negative one counts for all of them, and a refused
RCPT for its recipient alone. What is final is decided by `smtp.verdicts`. Whoever is deferred is tried again until the
attempts are used up. A message whose answer was lost is UNKNOWN and never tried again by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal

from postroom.clock import iso
from postroom.connections.failures import wished_pause
from postroom.events.sending import DeliveryError, MessageFailed, MessageResolved, MessageSent, MessageUnknown
from postroom.footprint.dataclass import dataclass
from postroom.smtp.replies import Reply
from postroom.smtp.verdicts import SmtpOutcome, judge
from postroom.submission.delivery.rules.posting import (
    PENDING,
    SUCCEEDED,
    Addressee,
    AttemptResult,
    Because,
    Moment,
    Pause,
    Posting,
    SendingEvent,
)
from postroom.submission.delivery.rules.retry import delay_after, limit_pause
from postroom.submission.model import MessageState, RecipientOutcome, RecipientState, TaskKind
from postroom.submission.transmission.parcel import Carried, Fault
from postroom.words.strangers import Words, take_in

__all__ = ["LOST_ANSWER", "concluded", "late", "lost", "spoken", "untouched"]

LOST_ANSWER: Final = Words(
    "The connection was lost after the whole message was written and before the server answered. It may have been sent."
)
PATIENCE: Final = 3 * 86_400_000
"""Milliseconds from its time for which a message waits for the end of a provider's limit without losing attempts."""

_UNKNOWN_ADVICE: Final = "Look in sent mail, or ask the recipient, and then resolve the message."
_OF_ENVELOPE: Final = frozenset({"MAIL FROM", "RCPT TO"})
_NOBODY_LEFT: Final = "No server took the message for any of its recipients."
_FAILED: Final = frozenset({RecipientState.REFUSED, RecipientState.DEFERRED})
_DECIDED: Final[Mapping[MessageState, Literal["sent", "retry", "failed"]]] = {
    MessageState.SENT: "sent",
    MessageState.FAILED: "failed",
    MessageState.QUEUED: "retry",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """What one transaction found: outcomes by address, why somebody failed, and whether the account must pause."""

    outcomes: dict[str, RecipientOutcome]
    because: Because | None = None
    pause: Pause | None = None
    reply: Reply | None = None
    sent_as: str | None = None
    lost: Words | None = None
    was_written: bool = False


def concluded(posting: Posting, carried: Carried, at: Moment, *, copies: bool = False) -> AttemptResult:
    """Return what a transaction makes of a message. `copies`: the account wants a copy in sent mail."""
    return _applied(posting, _found(carried, at), at, copies)


def lost(posting: Posting, recipients: Iterable[str], reason: Words, at: Moment) -> AttemptResult:
    """Return what becomes of a message that may have been written and of which no answer will come."""
    return _applied(posting, _Found(dict.fromkeys(recipients, _unknown(reason)), lost=reason, was_written=True), at)


def failed(posting: Posting, outcome: RecipientOutcome, because: Because, at: Moment) -> AttemptResult:
    """Return what becomes of a message for which no transaction began; `outcome` is for all who are to be tried."""
    outcomes = {each.address: outcome for each in posting.addressees if each.state in PENDING}
    return _applied(posting, _Found(outcomes, because), at)


def untouched(posting: Posting, now: int) -> AttemptResult:
    """Return the result of an attempt that did not begin: the message is due as before."""
    return AttemptResult(posting, MessageState.QUEUED, posting.addressees, posting.attempts, now)


def late(result: AttemptResult) -> AttemptResult:
    """Return the result of an attempt that was believed to be lost: its message was UNKNOWN, and is decided now."""
    as_ = _DECIDED.get(result.state)
    if as_ is None:
        return replace(result, events=(), tasks=())
    posted = result.posting.posted((each.address for each in result.addressees), result.sent_as)
    resolved = MessageResolved(posted, as_, "lateAnswer")
    return replace(result, events=(resolved, *result.events))


def spoken(reply: Reply) -> Words:
    """Return a reply as one line: code, enhanced code and text."""
    return take_in(" ".join(part for part in (str(reply.code), reply.enhanced, reply.text) if part))


# What the server said


def _found(carried: Carried, at: Moment) -> _Found:
    outcomes, reply, fault = _outcomes(carried), carried.reply, carried.fault
    negatives = [(each.reply, each.command) for each in carried.refused]
    if reply is not None and not reply.is_positive:
        negatives.append((reply, carried.command))
    if fault is not None and fault.reply is not None:
        negatives.append((fault.reply, fault.command))
    is_lost = bool(carried.may_have_gone and carried.accepted)
    because = _because_of_reply(*negatives[-1]) if negatives else None
    if fault is not None and fault.reply is not None and because is not None:
        because = replace(because, advice=_advice_on_leave(fault, fault.reply))
    elif fault is not None and because is None:
        because = _because_of_fault(fault, is_lost=is_lost)
    return _Found(
        outcomes,
        because,
        _pause((each for each, _ in negatives), at),
        reply if reply is not None and reply.is_positive else None,
        carried.sent_as,
        _lost(fault) if is_lost else None,
        reply is not None or carried.may_have_gone,
    )


def _outcomes(carried: Carried) -> dict[str, RecipientOutcome]:
    """Return what is known of each recipient now. Those who need a further transaction are not in it."""
    reply, fault = carried.reply, carried.fault
    outcomes = {each.recipient: _refused(each.reply) for each in carried.refused}
    if reply is not None:
        accepted = _taken(reply) if reply.is_positive else _refused(reply)
        return outcomes | dict.fromkeys(carried.accepted, accepted)
    if carried.may_have_gone:
        return outcomes | dict.fromkeys(carried.accepted, _unknown(_lost(fault)))
    if fault is not None:
        return outcomes | dict.fromkeys((*carried.accepted, *carried.untried), _faulty(fault))
    return outcomes


def _taken(reply: Reply) -> RecipientOutcome:
    return RecipientOutcome(RecipientState.SENT, reply.code, reply.enhanced, take_in(reply.text))


def _refused(reply: Reply) -> RecipientOutcome:
    verdict = judge(reply)
    state = RecipientState.REFUSED if verdict.outcome is SmtpOutcome.FINAL else RecipientState.DEFERRED
    return RecipientOutcome(state, reply.code, reply.enhanced, take_in(reply.text), verdict.advice)


def _faulty(fault: Fault) -> RecipientOutcome:
    # A new connection in the middle of a message may find that the credentials are no longer good.
    is_final = fault.failure is None or fault.failure.kind == "authentication"
    state = RecipientState.REFUSED if is_final else RecipientState.DEFERRED
    advice = fault.failure.advice if fault.failure is not None else None
    if fault.reply is not None:
        outcome = _refused(fault.reply)
        return replace(outcome, state=state, advice=_advice_on_leave(fault, fault.reply))
    return RecipientOutcome(state, said=take_in(fault.message), advice=advice)


def _advice_on_leave(fault: Fault, reply: Reply) -> str | None:
    """Return the advice on 421. It says that the connection ends, so codes beside it tell nothing of the message."""
    verdict = judge(reply)
    if verdict.is_about_the_account or fault.failure is None:
        return verdict.advice
    return fault.failure.advice


def _unknown(reason: Words) -> RecipientOutcome:
    return RecipientOutcome(RecipientState.UNKNOWN, said=reason, advice=_UNKNOWN_ADVICE)


def _because_of_reply(reply: Reply, command: str) -> Because:
    words, advice = spoken(reply), judge(reply).advice
    code = "EENVELOPE" if command in _OF_ENVELOPE else "EMESSAGE"
    return Because(words, code, command, words, reply.code, advice)


def _because_of_fault(fault: Fault, *, is_lost: bool) -> Because:
    advice = fault.failure.advice if fault.failure is not None else None
    # The advice on a broken connection says that it is tried again, which a lost message is not.
    return Because(take_in(fault.message), fault.code, fault.command, advice=_UNKNOWN_ADVICE if is_lost else advice)


def _lost(fault: Fault | None) -> Words:
    if fault is None:
        return LOST_ANSWER
    said = fault.message.rstrip(".")
    return take_in(f"Postroom wrote the whole message, and no valid answer came: {said}. It may have been sent.")


def _pause(replies: Iterable[Reply], at: Moment) -> Pause | None:
    """Return the pause that the provider wants, if one of its answers is about the account as a whole."""
    for reply in replies:
        wished = wished_pause(reply.text)
        if wished is not None or judge(reply).is_about_the_account:
            seconds = limit_pause(reply.text, reply.enhanced, wished)
            return Pause(at.now + int(seconds * 1000), spoken(reply))
    return None


# What it makes of the message


def _applied(posting: Posting, found: _Found, at: Moment, copies: bool = False) -> AttemptResult:
    if not found.outcomes and found.because is None:
        return untouched(posting, at.now)
    new = tuple(_with_outcome(each, found) for each in posting.opened())
    goes_on = any(each.state is RecipientState.QUEUED for each in new)
    # An attempt ends when everyone was asked. The limit of a provider costs none.
    waits_for_provider = found.pause is not None and at.now < posting.send_at + PATIENCE
    is_counted = found.lost is not None or not (goes_on or waits_for_provider)
    attempts = posting.attempts + is_counted
    if attempts >= posting.most_attempts:
        new = tuple(_given_up(each, attempts) for each in new)
    result = AttemptResult(
        posting,
        _state(new),
        new,
        attempts,
        _next_at(found, goes_on, attempts, at),
        response=spoken(found.reply) if found.reply is not None else None,
        because=found.because,
        sent_as=found.sent_as,
        pause=found.pause,
        was_written=found.was_written,
    )
    return replace(result, events=tuple(_events(result, found)), tasks=tuple(_tasks(result, copies)))


def _with_outcome(addressee: Addressee, found: _Found) -> Addressee:
    outcome = found.outcomes.get(addressee.address)
    return replace(addressee, outcome=outcome) if outcome is not None and addressee.state in PENDING else addressee


def _given_up(addressee: Addressee, attempts: int) -> Addressee:
    if addressee.state is not RecipientState.DEFERRED:
        return addressee
    number = f"{attempts} attempts" if attempts > 1 else "1 attempt"
    said = take_in(f"given up after {number}: {addressee.outcome.said}")
    return replace(addressee, outcome=replace(addressee.outcome, state=RecipientState.REFUSED, said=said))


def _state(addressees: tuple[Addressee, ...]) -> MessageState:
    states = {each.state for each in addressees}
    if RecipientState.UNKNOWN in states:
        return MessageState.UNKNOWN
    if states & PENDING:
        return MessageState.QUEUED
    return MessageState.SENT if states & SUCCEEDED else MessageState.FAILED


def _next_at(found: _Found, goes_on: bool, attempts: int, at: Moment) -> int:
    if found.pause is not None:
        return found.pause.until
    return at.now if goes_on else at.now + int(delay_after(max(attempts, 1), at.roll) * 1000)


def _events(result: AttemptResult, found: _Found) -> Iterator[SendingEvent]:
    posting, concerned = result.posting, _concerned(result, found)
    taken = [each.address for each in concerned if each.state is RecipientState.SENT]
    failures = [each for each in concerned if each.state in _FAILED]
    if taken and result.response is not None:
        refused = tuple(each.said() for each in failures if each.state is RecipientState.REFUSED)
        ours = posting.message_id if result.sent_as is not None else None
        yield MessageSent(posting.posted(taken, result.sent_as), result.response, ours, refused)
    if failures and result.because is not None:
        yield _delivery_error(result, failures, result.because)
    if found.lost is not None:
        unknown = [each.address for each in concerned if each.state is RecipientState.UNKNOWN]
        yield MessageUnknown(posting.posted(unknown), found.lost)
    if result.state is MessageState.FAILED:
        everyone = result.addressees
        error = result.because.message if result.because is not None else _NOBODY_LEFT
        told = tuple(each.said() for each in everyone)
        yield MessageFailed(posting.posted(each.address for each in everyone), error, told)


def _concerned(result: AttemptResult, found: _Found) -> list[Addressee]:
    """Return the recipients that were asked, and those that are given up with them."""
    pairs = zip(result.posting.addressees, result.addressees, strict=True)
    return [
        after
        for before, after in pairs
        if before.state in PENDING and (after.address in found.outcomes or after.state is RecipientState.REFUSED)
    ]


def _delivery_error(result: AttemptResult, failures: list[Addressee], because: Because) -> DeliveryError:
    posting = result.posting
    return DeliveryError(
        posting.posted(each.address for each in failures),
        because.message,
        because.code,
        because.command,
        because.reply,
        because.reply_code,
        result.attempts,
        posting.most_attempts,
        iso(result.next_at) if result.state is MessageState.QUEUED else None,
        tuple(each.said() for each in failures),
    )


def _tasks(result: AttemptResult, copies: bool) -> Iterator[TaskKind]:
    posting = result.posting
    if result.state is MessageState.UNKNOWN:
        yield TaskKind.FIND
    if result.state is MessageState.SENT:
        yield from posting.plan.what_follows(copies=copies and not posting.is_copied)
