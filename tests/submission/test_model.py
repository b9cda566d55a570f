"""The states of messages, and the contexts of what is sealed."""

from __future__ import annotations

from postroom.submission.model import FINISHED, MessageState, RecipientState, body_context, secrets_context


def test_an_unknown_outcome_is_not_finished() -> None:
    assert MessageState.UNKNOWN not in FINISHED
    assert {MessageState.QUEUED, MessageState.SENDING}.isdisjoint(FINISHED)


def test_recipients_have_the_states_of_messages_and_more() -> None:
    shared = {each.value for each in MessageState} & {each.value for each in RecipientState}
    assert shared == {"queued", "sent", "unknown", "cancelled"}


def test_no_two_sealed_values_share_a_context() -> None:
    contexts = {
        secrets_context("aa"),
        *(body_context(queue_id, place) for queue_id in ("aa", "ab") for place in (0, 1)),
    }
    assert len(contexts) == 5
