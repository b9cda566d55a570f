"""The plan as a whole."""

from __future__ import annotations

from postroom.moving.inventory import Inventory
from postroom.moving.plan import Choices, Destination, Fate
from postroom.moving.planning import plan_move
from tests.moving import documents


def found() -> Inventory:
    who = {"delegatedUser": "shared@example.com", "delegatedAccount": "ben"}
    shared = documents.oauth2_account("a-shared", oauth2={"provider": "AAAB", "auth": who})
    accounts = [shared, documents.password_account("ada"), documents.oauth2_account("ben")]
    return Inventory(
        accounts={each["account"]: each for each in accounts},
        apps={"AAAB": documents.gmail_app()},
        settings={"webhooks": "https://example.com/hook", "proxyEnabled": True, "proxyUrl": "http://p:1"},
        counted={"templates": 1},
    )


def test_everything_goes_over_and_lenders_come_first() -> None:
    plan = plan_move(found(), Destination())
    assert [(each.account, each.fate) for each in plan.accounts] == [
        ("ada", Fate.GOES),
        ("ben", Fate.GOES),
        ("a-shared", Fate.GOES),
    ]
    assert {each.body["proxy"] for each in plan.accounts} == {"http://p:1"}
    assert [each.app for each in plan.apps] == ["AAAB"]
    assert plan.settings["webhooks"] == "https://example.com/hook"
    assert [remark.cause for remark in plan.remarks] == ["defaults", "templates"]


def test_the_time_at_which_announcing_began_there_stays_behind() -> None:
    assert all("notifyFrom" not in each.body for each in plan_move(found(), Destination()).accounts)
    chosen = plan_move(found(), Destination(), Choices(notify_from="2026-05-01T00:00:00.000Z"))
    assert {each.body["notifyFrom"] for each in chosen.accounts} == {"2026-05-01T00:00:00.000Z"}


def test_only_the_chosen_accounts_are_planned_and_no_settings() -> None:
    plan = plan_move(found(), Destination(), Choices(accounts=frozenset({"ada", "nobody"}), settings=False))
    assert [each.account for each in plan.accounts] == ["ada"]
    assert plan.settings == {}
    assert [remark.cause for remark in plan.remarks] == ["templates"]


def test_an_application_that_a_person_registered_is_enough() -> None:
    only_accounts = Inventory(accounts={"ben": documents.oauth2_account("ben")})
    assert plan_move(only_accounts, Destination()).accounts[0].fate is Fate.WAITS
    assert plan_move(only_accounts, Destination(apps=frozenset({"AAAB"}))).accounts[0].fate is Fate.GOES


def test_accounts_that_borrow_from_each_other_are_planned_all_the_same() -> None:
    accounts = {}
    for account, lender in (("a", "b"), ("b", "a")):
        who = {"delegatedUser": "x", "delegatedAccount": lender}
        accounts[account] = documents.oauth2_account(account, oauth2={"provider": "AAAB", "auth": who})
    assert {each.account for each in plan_move(Inventory(accounts=accounts), Destination()).accounts} == {"a", "b"}
