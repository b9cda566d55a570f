"""The plan as a value."""

from __future__ import annotations

import pytest

from postroom.moving.plan import Choices, Fate, MovePlan, NotATime, PlannedAccount
from postroom.schemas.requests.accounts import NewAccount


def planned(account: str, fate: Fate) -> PlannedAccount:
    body: NewAccount = {"account": account, "name": account, "imap": {"auth": {"pass": "geheim"}}}
    return PlannedAccount(account, fate, body)


def test_accounts_are_counted_by_their_fate() -> None:
    plan = MovePlan({}, (), (planned("a", Fate.GOES), planned("b", Fate.GOES), planned("c", Fate.WAITS)))
    assert plan.counts() == {Fate.GOES: 2, Fate.THERE: 0, Fate.WAITS: 1, Fate.STAYS: 0}


def test_secrets_are_not_shown() -> None:
    assert "geheim" not in repr(MovePlan({"serviceSecret": "geheim"}, (), (planned("a", Fate.GOES),)))


@pytest.mark.parametrize("wrong", ["yesterday", "", "2026-13-01", "12:00", "1767225600000"])
def test_a_time_that_no_account_would_take_is_refused_at_once(wrong: str) -> None:
    with pytest.raises(NotATime, match="is no time in ISO 8601"):
        Choices(notify_from=wrong)


@pytest.mark.parametrize("right", [None, "2026-01-31", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00+02:00"])
def test_a_time_with_or_without_a_zone_is_taken(right: str | None) -> None:
    assert Choices(notify_from=right).notify_from == right
