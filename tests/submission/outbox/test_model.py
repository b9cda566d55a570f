"""The status that clients of other gateways read."""

from __future__ import annotations

import pytest

from postroom.submission.model import MessageState, SubmittedBy
from postroom.submission.outbox.model import CannotCancel, CannotRetry, OutboxItem


def item(state: MessageState, **fields: object) -> OutboxItem:
    """A message in a state."""
    given: dict[str, object] = {
        "id": 1, "queue_id": "18bcfe56800abababab", "account": "anna", "source": SubmittedBy.API, "state": state,
        "message_id": "<1@example.com>", "sent_as": None, "subject": "Hello", "sender": "anna@example.com", "size": 1,
        "created": 0, "scheduled": 0, "next_attempt": None, "attempts_made": 0, "attempts": 10, "attempted": None,
        "finished": None, "response": None, "error": None, "copied": None, "copy_error": None, "has_body": True,
    }  # fmt: skip
    return OutboxItem(**given | fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "error", "status"),
    [
        (MessageState.QUEUED, None, "queued"),
        (MessageState.QUEUED, {"message": "no"}, "error"),
        (MessageState.SENDING, None, "smtp-starting"),
        (MessageState.SENDING, {"message": "no"}, "smtp-starting"),
        (MessageState.SENT, None, "submitted"),
        (MessageState.FAILED, {"message": "no"}, "error"),
        (MessageState.UNKNOWN, None, "error"),
        (MessageState.CANCELLED, None, "queued"),
    ],
)
def test_each_state_has_a_status(state: MessageState, error: dict[str, str] | None, status: str) -> None:
    assert item(state, error=error).progress == status


@pytest.mark.parametrize("state", MessageState)
def test_each_state_has_a_reason_why_nothing_can_be_done(state: MessageState) -> None:
    assert CannotRetry(state).message.endswith(".")
    if state is not MessageState.QUEUED:
        assert CannotCancel(state).message.endswith(".")
