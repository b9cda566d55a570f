"""Plans go into their column and come back."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.smtp.envelope import NO_DSN, Dsn
from postroom.submission.model import TaskKind
from postroom.submission.plan import NO_PLAN, RepliesTo, SendingPlan

optional_text = st.none() | st.text(min_size=1, max_size=20)
dsns = st.builds(
    Dsn,
    id=optional_text,
    returns=st.sampled_from([None, "headers", "full"]),
    notify=st.lists(st.sampled_from(["success", "failure", "delay"]), unique=True).map(tuple),
    recipient=optional_text,
)
replies = st.builds(RepliesTo, st.text(min_size=1, max_size=20), st.sampled_from(["reply", "reply-all", "forward"]))
plans = st.builds(
    SendingPlan,
    copy=st.none() | st.booleans(),
    sent_folder=optional_text,
    dsn=dsns,
    answers=st.none() | replies,
    draft=optional_text,
    local_address=optional_text,
    has_proxy=st.booleans(),
    is_eight_bit=st.booleans(),
    has_utf8_header=st.booleans(),
)


@given(plan=plans)
def test_a_plan_comes_back_as_it_was(plan: SendingPlan) -> None:
    assert SendingPlan.of_row(orjson.loads(orjson.dumps(plan.as_row()))) == plan


def test_what_is_as_usual_takes_no_room() -> None:
    assert NO_PLAN.as_row() == {}
    assert SendingPlan.of_row({}) == NO_PLAN


@pytest.mark.parametrize("copy", [True, False])
def test_a_choice_against_a_copy_is_kept(copy: bool) -> None:
    assert SendingPlan(copy=copy, dsn=NO_DSN).as_row() == {"copy": copy}


def test_what_follows_a_sent_message() -> None:
    answer = SendingPlan(answers=RepliesTo("id", "reply"), draft="id")
    assert list(answer.what_follows(copies=True)) == [TaskKind.COPY, TaskKind.MARK, TaskKind.DRAFT]
    assert list(answer.what_follows(copies=False)) == [TaskKind.MARK, TaskKind.DRAFT]
    assert list(NO_PLAN.what_follows(copies=False)) == []
