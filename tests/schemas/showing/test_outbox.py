"""Messages of the outbox and the queue, as callers see them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from postroom.schemas.answers.mail.outbox import OutboxItem as ShownItem
from postroom.schemas.answers.mail.outbox import Queue
from postroom.schemas.showing.outbox import item, queue
from postroom.submission.model import CopyState, MessageState, RecipientState, SubmittedBy
from postroom.submission.outbox.model import LaneHold, OutboxCounts, OutboxItem, OutboxRecipient, PausedBy

ITEM = OutboxItem(
    id=7,
    queue_id="19aba44ee006f3b1c2d4",
    account="a",
    source=SubmittedBy.API,
    state=MessageState.QUEUED,
    message_id="<1@x>",
    sent_as=None,
    subject="Offer",
    sender="a@b.example",
    size=12,
    created=0,
    scheduled=1,
    next_attempt=2,
    attempts_made=0,
    attempts=10,
    attempted=None,
    finished=None,
    response=None,
    error=None,
    copied=None,
    copy_error=None,
    has_body=True,
    recipients=(OutboxRecipient("ada@example.com", RecipientState.QUEUED),),
)


def shown(**changes: Any) -> dict[str, Any]:
    """The item as it is shown, which must be as described."""
    found = item(replace(ITEM, **changes))
    TypeAdapter(ShownItem).validate_python(found, strict=True)
    return found


@pytest.mark.parametrize("state", MessageState)
@pytest.mark.parametrize("error", [None, {"message": "no"}])
def test_every_state_has_a_word_and_a_progress(state: MessageState, error: Any) -> None:
    found = shown(state=state, error=error)
    assert found["state"] == state.value
    assert found["progress"]["error"] == (error and {"message": "no", "code": None, "statusCode": None})


def test_times_are_texts_and_no_next_attempt_is_false() -> None:
    assert shown()["nextAttempt"] == "1970-01-01T00:00:00.002Z"
    assert shown(next_attempt=None)["nextAttempt"] is False
    assert shown(finished=3)["finished"] == "1970-01-01T00:00:00.003Z"


@pytest.mark.parametrize(
    ("hold", "held"),
    [
        (LaneHold(), None),
        (LaneHold(until=5, reason="full"), {"until": "1970-01-01T00:00:00.005Z", "reason": "full"}),
    ],
)
def test_what_holds_a_message_is_told(hold: LaneHold, held: Any) -> None:
    assert shown(hold=hold)["held"] == held


@pytest.mark.parametrize(
    ("by", "words"),
    [(PausedBy.ALL, "All sending"), (PausedBy.STOP, "is disconnected"), (PausedBy.ACCOUNT, "of the account is paused")],
)
def test_whose_pause_holds_a_message_is_told(by: PausedBy, words: str) -> None:
    held = shown(hold=LaneHold(by, until=5, reason="full"))["held"]
    assert held["until"] is None
    assert words in held["reason"]


def test_a_copy_is_told_where_one_is_wanted() -> None:
    assert shown(copied=CopyState.FAILED, copy_error="full")["copy"] == {"state": "failed", "error": "full"}
    assert shown(copied=CopyState.STORED)["copy"] == {"state": "stored", "error": None}


def test_a_queue_is_counted_if_it_can_be() -> None:
    jobs = {"active": 1, "delayed": 3, "paused": 4, "waiting": 2}
    found = queue(OutboxCounts(1, 2, 3, 4), is_paused=True)
    assert found == {"queue": "submit", "jobs": jobs, "paused": True}
    assert queue(None, is_paused=False) == {"queue": "submit", "paused": False}
    for each in (found, queue(None, is_paused=False)):
        TypeAdapter(Queue).validate_python(each, strict=True)
