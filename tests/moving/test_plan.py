"""The plan as a value."""

from __future__ import annotations

from postroom.moving.plan import Fate, MovePlan, PlannedAccount
from postroom.schemas.requests.accounts import NewAccount


def planned(account: str, fate: Fate) -> PlannedAccount:
    body: NewAccount = {"account": account, "name": account, "imap": {"auth": {"pass": "geheim"}}}
    return PlannedAccount(account, fate, body)


def test_accounts_are_counted_by_their_fate() -> None:
    plan = MovePlan({}, (), (planned("a", Fate.GOES), planned("b", Fate.GOES), planned("c", Fate.WAITS)))
    assert plan.counts() == {Fate.GOES: 2, Fate.THERE: 0, Fate.WAITS: 1, Fate.STAYS: 0}


def test_secrets_are_not_shown() -> None:
    assert "geheim" not in repr(MovePlan({"serviceSecret": "geheim"}, (), (planned("a", Fate.GOES),)))
