"""No decision changes a recipient for whom a server took the message."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from postroom.errors import Permanent
from postroom.submission.model import MessageState, RecipientState
from postroom.submission.outbox.decisions import Decision, cancelled, resolved_as_sent, retried
from postroom.submission.outbox.model import CannotRetry, OutboxItem, OutboxRecipient
from tests.submission.outbox.test_model import item

SUCCEEDED = {RecipientState.SENT, RecipientState.BOUNCED}


def addressed(state: MessageState, states: list[RecipientState]) -> OutboxItem:
    return item(state, recipients=tuple(OutboxRecipient(f"{at}@x.example", each) for at, each in enumerate(states)))


@given(st.sampled_from(MessageState), st.lists(st.sampled_from(RecipientState), min_size=1, max_size=5))
def test_a_success_stays(state: MessageState, states: list[RecipientState]) -> None:
    # An unknown outcome is that of somebody.
    assume(state is not MessageState.UNKNOWN or RecipientState.UNKNOWN in states)
    before = addressed(state, states)
    decide: Callable[[OutboxItem], Decision]
    for decide in (cancelled, retried, resolved_as_sent):
        try:
            decision = decide(before)
        except Permanent:
            continue
        assert not SUCCEEDED & decision.changes.keys()
        after = [decision.changes.get(each, each) for each in states]
        has_pending = bool({RecipientState.QUEUED, RecipientState.DEFERRED} & set(after))
        assert (decision.state is MessageState.QUEUED) is has_pending
        if decision.state is MessageState.SENT:
            assert SUCCEEDED & set(after)
        changed = [each.address for each in before.recipients if each.state in decision.changes]
        assert list(decision.addresses) == changed


def test_a_message_that_all_have_got_is_not_tried_again() -> None:
    with pytest.raises(CannotRetry):
        retried(addressed(MessageState.SENT, [RecipientState.SENT, RecipientState.BOUNCED]))
