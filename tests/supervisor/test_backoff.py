"""How long runners wait."""

from __future__ import annotations

import pytest

from postroom.supervisor.backoff import RetryPlan, Row


def test_failures_double_up_to_the_longest_delay() -> None:
    plan = RetryPlan(first=1.0, longest=600.0)
    assert [plan.after_failure(attempt, 1.0) for attempt in (1, 2, 3, 4)] == [1.0, 2.0, 4.0, 8.0]
    assert plan.after_failure(11, 1.0) == 600.0
    assert plan.after_failure(100_000, 1.0) == 600.0


@pytest.mark.parametrize("attempt", [1, 5, 20])
def test_half_of_the_delay_is_random(attempt: int) -> None:
    plan = RetryPlan(first=1.0, longest=600.0)
    assert plan.after_failure(attempt, 0.0) == plan.after_failure(attempt, 1.0) / 2


def test_sessions_with_more_than_is_honest_have_a_slow_row_of_their_own() -> None:
    plan = RetryPlan()
    assert [plan.after_abuse(attempt, 0.0) for attempt in (1, 2, 3, 99)] == [600, 3600, 21600, 21600]
    assert plan.after_abuse(1, 1.0) == pytest.approx(660.0)


def test_refusals_follow_the_list_and_stay_at_its_end() -> None:
    plan = RetryPlan(refused_delays=(60.0, 300.0, 1800.0, 21600.0))
    assert [plan.after_refusal(attempt, 0.0) for attempt in (1, 2, 3, 4, 5, 99)] == [60, 300, 1800, 21600, 21600, 21600]
    assert plan.after_refusal(1, 1.0) == pytest.approx(66.0)


def test_abuses_and_other_failures_are_counted_apart() -> None:
    plan, row = RetryPlan(first=1.0), Row()
    assert [row.delay(plan, 1.0, abuse=False) for _ in range(3)] == [1.0, 2.0, 4.0]
    assert row.delay(plan, 0.0, abuse=True) == 600.0
    assert row.delay(plan, 1.0, abuse=False) == 8.0
    assert row.delay(plan, 0.0, abuse=True) == 3600.0
