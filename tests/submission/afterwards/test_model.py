"""What is derived of a message that was sent."""

from __future__ import annotations

from dataclasses import replace

from postroom.accounts.settings.values import NO_SETTINGS
from postroom.submission.afterwards.model import FollowedMessage
from postroom.submission.model import MessageState
from postroom.submission.plan import NO_PLAN

MESSAGE = FollowedMessage(
    id=1,
    queue_id="q",
    account_key=1,
    account="a",
    message_id="<1@x>",
    sent_as=None,
    sender="a@x",
    plan=NO_PLAN,
    state=MessageState.SENT,
    copied=None,
    created_at=100,
    attempted_at=None,
    finished_at=None,
    was_sent_before=False,
    settings=NO_SETTINGS,
)


def test_a_message_that_the_server_renamed_has_two_ids() -> None:
    assert MESSAGE.ids == ("<1@x>",)
    assert replace(MESSAGE, sent_as="<2@y>").ids == ("<1@x>", "<2@y>")


def test_when_it_was_sent_is_as_exact_as_it_is_known() -> None:
    assert MESSAGE.sent_at == 100
    assert replace(MESSAGE, finished_at=300).sent_at == 300
    assert replace(MESSAGE, attempted_at=200, finished_at=300).sent_at == 200


def test_the_tasks_begin_when_it_was_finished() -> None:
    assert MESSAGE.follows_since == 100
    assert replace(MESSAGE, attempted_at=200, finished_at=300).follows_since == 300
