"""Decides when to retry a delivery: the schedule, and the verdict on each answer. Pure.

The schedule is the one that Standard Webhooks recommends: ten attempts over about 75 hours.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.words.strangers import NO_WORDS, Words

# Seconds to wait after the first failure, the second, and so on. When the schedule is used up, the delivery is dead.
SCHEDULE: Final = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
LIFETIME: Final = sum(SCHEDULE)
"""Seconds after which an event is given up when its endpoint was down all the time."""

JITTER: Final = 0.2
LONGEST_RETRY_AFTER: Final = 3600.0

# Seconds for which an endpoint pauses. Each failed probe doubles the pause.
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 300.0

_ASKS_TO_WAIT: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_FINAL_CODES: Final = frozenset({"EEGRESSBLOCKED", "EINVALIDURL"})


class DeliveryOutcome(StrEnum):
    """What becomes of a delivery after an attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    DEAD = "dead"
    DISABLE = "disable"
    """The endpoint asked never to be called again: this delivery and the endpoint are finished."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request: its status, or the code of the error that prevented one.

    `reached` says that the receiver accepted the connection, so the event itself may be the cause. `stale` says that a
    kept-alive connection was already closed, which says nothing about the receiver.
    """

    status: int | None = None
    code: str | None = None
    message: Words = NO_WORDS
    retry_after: str | None = None
    reached: bool = True
    stale: bool = False


@dataclass(frozen=True, slots=True)
class RetryVerdict:
    """The judgement on an answer. `hold` is the seconds for which the endpoint asked for a pause."""

    outcome: DeliveryOutcome
    code: str | None = None
    message: Words = NO_WORDS
    status: int | None = None
    hold: float | None = None
    reached: bool = True


def judge(answer: Answer, now: float) -> RetryVerdict:
    """Return the verdict on an answer. `now` is in seconds since 1970, for dates in `Retry-After`."""
    status = answer.status
    if status is None:
        outcome = DeliveryOutcome.DEAD if answer.code in _FINAL_CODES else DeliveryOutcome.RETRY
        return RetryVerdict(outcome, answer.code, answer.message, reached=answer.reached)
    if 200 <= status < 300:
        return RetryVerdict(DeliveryOutcome.DELIVERED, status=status)
    if 300 <= status < 400:
        message = Words(
            f"The receiver answered {_phrase(status)}; redirects are not followed. Set the URL it points to."
        )
        return RetryVerdict(DeliveryOutcome.RETRY, "EREDIRECTNOTFOLLOWED", message, status)
    message = Words(f"The receiver answered {_phrase(status)}" + (f": {answer.message}" if answer.message else ""))
    if status == HTTPStatus.GONE:
        return RetryVerdict(DeliveryOutcome.DISABLE, "EGONE", message, status)
    hold = parse_retry_after(answer.retry_after, now) if status in _ASKS_TO_WAIT else None
    return RetryVerdict(DeliveryOutcome.RETRY, f"HTTP{status}", message, status, hold)


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds of a `Retry-After` header (RFC 9110, 10.2.3), within bounds; None when there is none."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text)
    else:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - datetime.fromtimestamp(now, UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def delay_after(failures: int, roll: float) -> float | None:
    """Return the seconds to wait after this many failures, None when no attempt is left.

    `roll` is a number from 0 to 1 that picks the jitter.
    """
    if failures > len(SCHEDULE):
        return None
    return _jittered(SCHEDULE[failures - 1], roll)


def pause_after(probes: int, roll: float) -> float:
    """Return the seconds for which an endpoint pauses after this many failed probes in a row (1 or more).

    `roll` is a number from 0 to 1 that picks the jitter.
    """
    return _jittered(min(FIRST_PAUSE * 2 ** min(probes - 1, 30), LONGEST_PAUSE), roll)


def _jittered(seconds: float, roll: float) -> float:
    return seconds * (1 + JITTER * (roll - 0.5))


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
