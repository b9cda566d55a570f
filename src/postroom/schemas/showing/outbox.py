"""Messages of the outbox as callers see them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.clock import iso
from postroom.schemas.showing.times import optional_time
from postroom.submission.outbox.model import LaneHold, OutboxCounts, OutboxItem, OutboxRecipient, PausedBy

__all__ = ["item", "queue"]

_PAUSED: Final[Mapping[PausedBy, str]] = {
    PausedBy.ALL: "All sending is paused: resume it with PUT /v1/settings/queue/submit",
    PausedBy.STOP: "The account is disconnected: it sends again when it is reconnected",
    PausedBy.ACCOUNT: "Sending of the account is paused: resume it with PUT /v1/account/{account}/sending",
}


def item(found: OutboxItem) -> dict[str, object]:
    """Return a message and what became of it."""
    return {
        "queueId": found.queue_id,
        "account": found.account,
        "source": found.source.value,
        "state": found.state.value,
        "messageId": found.message_id,
        "sentAs": found.sent_as,
        "envelope": {"from": found.sender, "to": [each.address for each in found.recipients]},
        "subject": found.subject,
        "size": found.size,
        "created": iso(found.created),
        "scheduled": iso(found.scheduled),
        "nextAttempt": iso(found.next_attempt) if found.next_attempt is not None else False,
        "attemptsMade": found.attempts_made,
        "attempts": found.attempts,
        "finished": optional_time(found.finished),
        "recipients": [_recipient(each) for each in found.recipients],
        "copy": {"state": found.copied.value, "error": found.copy_error} if found.copied is not None else None,
        "held": _held(found.hold),
        "progress": {"status": found.progress, "response": found.response, "error": _error(found.error)},
    }


def queue(counts: OutboxCounts | None, *, is_paused: bool) -> dict[str, object]:
    """Return the queue of messages to send. `counts` is None when they are not known."""
    if counts is None:
        return {"queue": "submit", "paused": is_paused}
    jobs = {"active": counts.active, "delayed": counts.delayed, "paused": counts.paused, "waiting": counts.waiting}
    return {"queue": "submit", "jobs": jobs, "paused": is_paused}


def _recipient(each: OutboxRecipient) -> dict[str, object]:
    return {
        "address": each.address,
        "state": each.state.value,
        "code": each.code,
        "enhancedCode": each.enhanced,
        "response": each.said,
        "advice": each.advice,
        "time": optional_time(each.at),
    }


def _held(hold: LaneHold) -> dict[str, object] | None:
    if hold.paused_by is not None:
        return {"until": None, "reason": _PAUSED[hold.paused_by]}
    return None if hold.until is None else {"until": iso(hold.until), "reason": hold.reason or ""}


def _error(error: Mapping[str, object] | None) -> dict[str, object] | None:
    if error is None:
        return None
    return {"message": error.get("message") or "", "code": error.get("code"), "statusCode": error.get("statusCode")}
