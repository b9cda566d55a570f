"""How a message is, in words, for each state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postroom.submission.model import MessageState, RecipientState, SubmittedBy
from postroom.submission.outbox.model import LaneHold, OutboxItem, OutboxRecipient, PausedBy, SentMailSearch
from postroom.web.dashboard.outbox.standing import can_be_retried, held_words, shown_state, standing_of

TIMES = {"created": 1, "scheduled": 1, "next_attempt": None, "attempted": None, "finished": None}


def item(state: str, *recipients: str, **more: Any) -> OutboxItem:
    own = {
        "id": 1, "queue_id": "q", "account": "a", "source": SubmittedBy.API, "message_id": "<1@x>", "sent_as": None,
        "subject": "s", "sender": "a@x", "size": 1, "attempts_made": 1, "attempts": 10, "response": "250 taken",
        "error": {"message": "It broke."}, "copied": None, "copy_error": None, "has_body": True,
    }  # fmt: skip
    told = tuple(OutboxRecipient(f"{n}@x", RecipientState(each)) for n, each in enumerate(recipients))
    return OutboxItem(**{**own, **TIMES, "state": MessageState(state), "recipients": told, **more})


def test_a_queued_message_waits_for_one_thing_or_another() -> None:
    fresh = standing_of(item("queued", "queued", attempts_made=0, error=None))
    assert (fresh.tone, fresh.headline, fresh.reason) == ("busy", "It waits to be sent", "")
    again = standing_of(item("queued", "deferred"))
    assert (again.tone, again.headline, again.reason) == ("wait", "It waits for the next attempt", "It broke.")
    held = standing_of(item("queued", "queued", attempts_made=0, hold=LaneHold(PausedBy.ALL)))
    assert (held.tone, held.reason) == ("wait", "All sending is paused.")


def test_a_sent_message_may_not_reach_everybody() -> None:
    assert standing_of(item("sent", "sent", "sent")).tone == "ok"
    assert standing_of(item("sent", "sent", "sent")).reason == "250 taken"
    for missed in ("refused", "bounced", "cancelled"):
        assert standing_of(item("sent", "sent", missed)).tone == "wait"


def test_an_unknown_one_needs_a_person() -> None:
    standing = standing_of(item("unknown", "unknown"), SentMailSearch(0, 5))
    assert standing.tone == "bad"
    assert "Wait a few minutes" in standing.advice
    for search in (None, SentMailSearch(9, 5)):
        assert "Wait a few minutes" not in standing_of(item("unknown", "unknown"), search).advice


@pytest.mark.parametrize("state", list(MessageState))
def test_each_state_has_words(state: MessageState) -> None:
    assert standing_of(item(state.value, "queued")).headline
    assert shown_state(item(state.value, "queued"))[1]


def test_a_queued_message_that_was_tried_waits_for_a_retry() -> None:
    assert shown_state(item("queued", "deferred")) == ("wait", "Waiting for retry")
    assert shown_state(item("queued", "queued", attempts_made=0)) == ("busy", "Queued")


def test_who_can_be_tried_again() -> None:
    assert can_be_retried(item("failed", "refused"))
    assert can_be_retried(item("unknown", "unknown"))
    assert can_be_retried(item("sent", "sent", "refused"))
    assert not can_be_retried(item("sent", "sent"))
    assert not can_be_retried(item("queued", "queued"))
    assert not can_be_retried(replace(item("failed", "refused"), has_body=False))


def test_why_nothing_is_sent() -> None:
    assert held_words(LaneHold()) == ""
    assert held_words(LaneHold(until=5, reason="too much mail")) == "too much mail"
    assert held_words(LaneHold(until=5)) == "Its mail server wants a pause."
    assert len({held_words(LaneHold(each)) for each in PausedBy}) == 3
