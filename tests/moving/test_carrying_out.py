"""The plan carried out against a real gateway, from a fake EmailEngine whose accounts are real mailboxes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from postroom.client.blocking import Postroom
from postroom.client.errors import ApiError
from postroom.moving.carrying_out import StepKind, StepResult, TakenStep, carry_out, look
from postroom.moving.exported import read_export
from postroom.moving.inventory import Inventory, overlaid
from postroom.moving.plan import Destination, Fate, MovePlan
from postroom.moving.planning import plan_move
from postroom.moving.reading import read_api
from postroom.testing.local import LocalMailbox, LocalPostroom
from tests.fakes.emailengine import TOKEN, FakeEmailEngine, exported
from tests.moving import documents

pytestmark = pytest.mark.programs


def of(mailbox: LocalMailbox, account: str) -> dict[str, Any]:
    """The account of a mailbox in EmailEngine, which announced its mail since years ago."""
    return documents.password_account(account, email=mailbox.address, imap=mailbox.imap(), smtp=mailbox.smtp())


def planned(*accounts: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> MovePlan:
    found = Inventory(accounts={each["account"]: each for each in accounts}, settings=settings or {})
    return plan_move(found, Destination())


def results(steps: tuple[TakenStep, ...]) -> list[tuple[str, str]]:
    return [(step.name, step.result) for step in steps]


def test_a_whole_move_announces_new_mail_and_no_old_mail(postroom: LocalPostroom) -> None:
    one, two = postroom.mailbox(), postroom.mailbox()
    postroom.deliver(one, subject="Old", age=3600)
    accounts = [of(one, "ada"), of(two, "ben@example.com")]
    settings = {"webhooks": "http://127.0.0.1:1/hook", "webhookEvents": ["*"], "serviceSecret": "geheim"}
    with FakeEmailEngine(accounts=accounts, apps=[documents.gmail_app()], settings=settings) as engine:
        api = read_api(engine.url, TOKEN)
    assert plan_move(api, look(postroom.client)).counts()[Fate.WAITS] == 2

    secrets = {"oauth2": {"AAAB": {"clientSecret": "geheim"}}, "settings": {"serviceSecret": "geheim"}}
    found = overlaid(api, read_export("\n".join([*exported(accounts), json.dumps(secrets)])))
    seen: list[TakenStep] = []
    outcome = carry_out(plan_move(found, look(postroom.client)), postroom.client, progress=seen.append)

    assert outcome.complete
    assert outcome.steps == tuple(seen)
    assert results(outcome.steps) == [
        ("settings", "done"),
        ("AAAB", "done"),
        ("ada", "done"),
        ("ben@example.com", "done"),
    ]
    assert [(step.number, step.of) for step in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for account in ("ada", "ben@example.com"):
        postroom.wait_for_state(account, "connected")
    postroom.deliver(one, subject="New")
    assert postroom.wait_for_event("messageNew")["data"]["subject"] == "New"
    assert [event["event"] for event in postroom.events()].count("messageNew") == 1
    shown = postroom.client.settings.get("webhooks", "movedMessages", "registerExisting")
    assert shown == {
        "webhooks": "http://127.0.0.1:1/hook",
        "movedMessages": "deletedAndNew",
        "registerExisting": "update",
    }
    assert postroom.client.oauth2.get("AAAB")["provider"] == "gmail"


def test_done_again_it_leaves_everything_as_it_is(postroom: LocalPostroom) -> None:
    plan = planned(of(postroom.mailbox(), "ada"), settings={"webhooks": "http://127.0.0.1:1/hook"})
    assert carry_out(plan, postroom.client).complete
    postroom.client.accounts.update("ada", {"name": "Changed here"})
    again = carry_out(plan, postroom.client)
    assert again.complete
    assert results(again.steps) == [("settings", "done"), ("ada", "there")]
    assert postroom.client.accounts.get("ada")["name"] == "Changed here"
    assert look(postroom.client) == Destination(frozenset({"ada"}), frozenset())


def test_a_plan_made_after_it_has_nothing_left_to_do(postroom: LocalPostroom) -> None:
    postroom.account("ada")
    found = Inventory(accounts={"ada": documents.password_account("ada")})
    plan = plan_move(found, look(postroom.client))
    assert [each.fate for each in plan.accounts] == [Fate.THERE]
    assert carry_out(plan, postroom.client).steps == ()


def test_one_that_is_refused_is_told_and_the_others_follow(postroom: LocalPostroom) -> None:
    bad = documents.password_account("bad", email="not an address")
    outcome = carry_out(planned(bad, of(postroom.mailbox(), "good")), postroom.client)
    assert results(outcome.steps) == [("bad", "refused"), ("good", "done")]
    assert '"email"' in outcome.steps[0].message
    assert "geheim" not in outcome.steps[0].message
    assert not outcome.complete
    assert outcome.stopped is None


def test_a_second_account_of_one_person_is_refused_and_not_taken_for_there(postroom: LocalPostroom) -> None:
    twice = [documents.oauth2_account(account, app="gmail") for account in ("one", "two")]
    for account in twice:
        account["oauth2"]["auth"] = {"user": "same@example.com"}
    found = Inventory(
        accounts={each["account"]: each for each in twice}, apps={"gmail": documents.gmail_app("gmail", "s")}
    )
    outcome = carry_out(plan_move(found, Destination()), postroom.client)
    assert results(outcome.steps) == [("gmail", "done"), ("one", "done"), ("two", "refused")]


def test_refused_settings_stop_it_before_any_event_is_lost(postroom: LocalPostroom) -> None:
    plan = planned(of(postroom.mailbox(), "ada"), settings={"webhooks": "ftp://example.com"})
    outcome = carry_out(plan, postroom.client)
    assert [(step.kind, step.result) for step in outcome.steps] == [(StepKind.SETTINGS, StepResult.REFUSED)]
    assert outcome.stopped is not None
    assert '"webhooks"' in outcome.stopped
    assert list(postroom.client.accounts.list()) == []


def test_a_wrong_token_stops_it(postroom: LocalPostroom) -> None:
    with Postroom(postroom.url, "0" * 64) as client:
        outcome = carry_out(planned(documents.password_account()), client)
        with pytest.raises(ApiError):
            look(client)
    assert outcome.steps == ()
    assert "401" in (outcome.stopped or "")


def test_what_was_done_before_it_stopped_is_told_and_the_next_run_does_the_rest(postroom: LocalPostroom) -> None:
    plan = planned(*(of(postroom.mailbox(), name) for name in ("ada", "ben", "cyd")))
    issued = postroom.client.tokens.issue({"description": "for the move", "scopes": ["*"]})

    def revoke(_step: TakenStep) -> None:
        postroom.client.tokens.delete(issued["id"])

    with Postroom(postroom.url, issued["token"]) as client:
        outcome = carry_out(plan, client, progress=revoke)
    assert results(outcome.steps) == [("ada", "done")]
    assert not outcome.complete
    assert "401" in (outcome.stopped or "")
    again = carry_out(plan, postroom.client)
    assert results(again.steps) == [("ada", "there"), ("ben", "done"), ("cyd", "done")]
    assert again.complete
