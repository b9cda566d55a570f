"""The budgets of providers: how many messages of an account a minute and a day."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from postroom.submission.delivery.rules.budgets import NOTHING_SENT, SendingBudget, Used

NOON = 1_800_000_000_000 // 86_400_000 * 86_400_000 + 43_200_000
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def sent(*times: int) -> Used:
    used = NOTHING_SENT
    for time in times:
        used = used.plus(1, time)
    return used


def test_without_a_budget_there_is_nothing_to_count() -> None:
    assert not SendingBudget().is_limited
    assert sent(*[NOON] * 1000).spent(SendingBudget(), NOON) is None


def test_the_budget_of_a_minute_ends_and_returns() -> None:
    budget = SendingBudget(per_minute=3)
    assert sent(NOON, NOON).spent(budget, NOON + 1) is None
    spent = sent(NOON, NOON + 12 * SECOND, NOON + 13 * SECOND).spent(budget, NOON + 14 * SECOND)
    assert spent is not None
    assert spent.until == NOON + 10 * SECOND + MINUTE
    assert spent.reason == "The provider takes 3 messages of an account a minute."
    assert sent(NOON, NOON + 12 * SECOND, NOON + 13 * SECOND).spent(budget, spent.until) is None


def test_a_smaller_budget_than_what_was_sent_waits_for_enough_of_it() -> None:
    used = sent(*[NOON] * 5, *[NOON + 30 * SECOND] * 5)
    spent = used.spent(SendingBudget(per_minute=4), NOON + 31 * SECOND)
    assert spent is not None
    assert spent.until == NOON + 40 * SECOND + MINUTE


def test_the_budget_of_a_day_is_told_before_that_of_a_minute() -> None:
    spent = sent(NOON, NOON).spent(SendingBudget(per_minute=2, per_day=2), NOON)
    assert spent is not None
    assert spent.until == NOON + HOUR + 24 * HOUR
    assert "a day" in spent.reason


def test_a_budget_of_nothing_lets_one_message_go() -> None:
    assert NOTHING_SENT.spent(SendingBudget(per_minute=0), NOON) is None
    assert sent(NOON).spent(SendingBudget(per_minute=0), NOON) is not None


def test_what_was_used_survives_its_row() -> None:
    used = sent(NOON, NOON + 11 * SECOND, NOON + HOUR)
    assert Used.of_row(used.as_row()) == used
    assert Used.of_row(None) == NOTHING_SENT


def test_old_spans_go() -> None:
    used = sent(*(NOON + hour * HOUR for hour in range(100)))
    assert len(used.minute) == 1
    assert len(used.day) <= 26


@given(st.lists(st.integers(0, 20 * SECOND), max_size=60), st.integers(1, 6))
def test_no_minute_ever_has_more_than_its_budget(gaps: list[int], limit: int) -> None:
    budget, now, used = SendingBudget(per_minute=limit), NOON, NOTHING_SENT
    times: list[int] = []
    for gap in gaps:
        now += gap
        spent = used.spent(budget, now)
        if spent is not None:
            assert spent.until > now
            now = spent.until
        assert used.spent(budget, now) is None
        used = used.plus(1, now)
        times.append(now)
    for at in times:
        assert sum(at - MINUTE < each <= at for each in times) <= limit
