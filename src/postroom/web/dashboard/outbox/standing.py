"""How a message of the outbox is, for somebody who must decide whether to act. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.submission.model import MessageState, RecipientState
from postroom.submission.outbox.decisions import retried
from postroom.submission.outbox.model import CannotRetry, LaneHold, OutboxItem, PausedBy, SentMailSearch
from postroom.web.design.tones import Tone, label

__all__ = ["SendingStanding", "can_be_retried", "held_words", "shown_state", "standing_of"]

_NOT_REACHED: Final = frozenset({RecipientState.REFUSED, RecipientState.BOUNCED, RecipientState.CANCELLED})
_PAUSED: Final[Mapping[PausedBy, str]] = {
    PausedBy.ALL: "All sending is paused.",
    PausedBy.STOP: "The account is disconnected. It sends again when it is reconnected.",
    PausedBy.ACCOUNT: "Sending of the account is paused.",
}


@dataclass(frozen=True, slots=True)
class SendingStanding:
    """`headline` says how it is, `reason` why, `advice` what to do. Where there is nothing to say, they are empty."""

    tone: Tone
    headline: str
    reason: str = ""
    advice: str = ""


def standing_of(item: OutboxItem, search: SentMailSearch | None = None) -> SendingStanding:
    """Return how a message is. `search` is the search for it in sent mail, if it goes on."""
    match item.state:
        case MessageState.QUEUED:
            return _queued(item)
        case MessageState.SENDING:
            return SendingStanding("busy", "It is being sent at this moment")
        case MessageState.SENT:
            return _sent(item)
        case MessageState.FAILED:
            advice = "Read what the server said to each recipient. Try again once the cause is gone."
            return SendingStanding("bad", "It was not sent, and is not tried any more", _error_of(item), advice)
        case MessageState.UNKNOWN:
            return _unknown(item, search)
        case MessageState.CANCELLED:
            return SendingStanding("idle", "It was taken back before it went to anybody")


def can_be_retried(item: OutboxItem) -> bool:
    """Whether somebody is left to try, and the message is still kept."""
    try:
        return bool(retried(item).addresses) and item.has_body
    except CannotRetry:
        return False


def held_words(hold: LaneHold) -> str:
    """Return why the account of a message sends nothing at present; empty if it does."""
    if hold.paused_by is not None:
        return _PAUSED[hold.paused_by]
    return hold.reason or "Its mail server wants a pause." if hold.until is not None else ""


def shown_state(item: OutboxItem) -> tuple[Tone, str]:
    """Return the tone and the word for a list: a queued message that was tried before waits for a retry."""
    if item.state is MessageState.QUEUED and item.attempts_made:
        return "wait", "Waiting for retry"
    return standing_of(item).tone, label(item.state)


def _queued(item: OutboxItem) -> SendingStanding:
    held = held_words(item.hold)
    tone: Tone = "wait" if held or item.attempts_made else "busy"
    if not item.attempts_made:
        return SendingStanding(tone, "It waits to be sent", held)
    return SendingStanding(tone, "It waits for the next attempt", held or _error_of(item))


def _sent(item: OutboxItem) -> SendingStanding:
    missed = [each for each in item.recipients if each.state in _NOT_REACHED]
    if not missed:
        return SendingStanding("ok", "The mail server took it", item.response or "")
    headline = "The mail server took it, but not everybody gets it"
    return SendingStanding("wait", headline, advice="Read below who does not get it, and why.")


def _unknown(item: OutboxItem, search: SentMailSearch | None) -> SendingStanding:
    wait = "Wait a few minutes: Postroom looks in sent mail. " if search is not None and search.looks < 3 else ""
    advice = f"Do not submit it again. {wait}Ask a recipient whether it arrived, and decide."
    return SendingStanding("bad", "It is not known whether it was sent", _error_of(item), advice)


def _error_of(item: OutboxItem) -> str:
    message = (item.error or {}).get("message")
    return str(message) if message else ""
