"""Failing accounts, grouped by reason and provider, with the cure."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.attention.facts import FailingGroup
from postroom.attention.failing import account_needs
from postroom.attention.need import About, Need, Urgency
from postroom.connections.failure_rules import ADVICE, RULES
from postroom.oauth2.model import TOKEN_ADVICE

APP_PASSWORD = next(rule.advice for rule in RULES if "5.7.9" in rule.codes)
THROTTLED = next(rule.advice for rule in RULES if "THROTTLED" in rule.codes)


def group(**told: Any) -> FailingGroup:
    usual: dict[str, Any] = {
        "type": "imap",
        "kind": "imap",
        "host": "imap.gmail.com",
        "is_refusal": True,
        "code": "ALERT",
        "advice": APP_PASSWORD,
        "count": 12,
        "given_up": 0,
        "lasting": 12,
        "since": 5,
        "said": "[ALERT] Application-specific password required",
        "example": "ada",
    }
    return FailingGroup(**{**usual, **told})


def needs(*groups: FailingGroup) -> list[Need]:
    return list(account_needs(groups))


def test_twelve_accounts_at_one_provider_want_an_app_password() -> None:
    (need,) = needs(group(count=8), group(host="imap.googlemail.com", code="5.7.9", count=4, since=3, example="bob"))
    assert need.what == "12 accounts at Gmail want an app password"
    assert "2-Step Verification" in need.cure, "it says how to get one at this provider"
    assert (need.urgency, need.count, need.since) == (Urgency.NOW, 12, 3)
    assert need.about == About("accounts", provider="Gmail", state="authenticationError")
    assert need.said == "[ALERT] Application-specific password required"


def test_one_account_is_named() -> None:
    (need,) = needs(group(count=1, example="ada@example.com"))
    assert need.what == "The account ada@example.com at Gmail wants an app password"
    assert need.about == About("account", "ada@example.com", state="authenticationError")


def test_another_reason_or_another_provider_is_another_need() -> None:
    wrong = ADVICE["AUTHENTICATIONFAILED"]
    found = needs(
        group(),
        group(host="imap.example.com", count=2),
        group(code="AUTHENTICATIONFAILED", advice=wrong, count=3),
    )
    assert [need.what for need in found] == [
        "12 accounts at Gmail want an app password",
        "2 accounts at imap.example.com want an app password",
        "3 accounts at Gmail are refused their user names or passwords",
    ]
    assert found[1].cure == APP_PASSWORD, "nothing is known of this provider"


def test_a_failure_that_passes_bothers_nobody_until_it_lasts() -> None:
    busy = group(is_refusal=False, code="THROTTLED", advice=THROTTLED, count=40, lasting=0)
    assert needs(busy) == []
    (need,) = needs(group(is_refusal=False, code="THROTTLED", advice=THROTTLED, count=40, lasting=3))
    assert (need.urgency, need.count) == (Urgency.SOON, 3)
    assert need.about.state == "connectError"


def test_what_is_given_up_is_said_and_urgent() -> None:
    (need,) = needs(group(is_refusal=False, code="THROTTLED", advice=THROTTLED, count=4, lasting=0, given_up=4))
    assert need.urgency is Urgency.NOW
    assert need.cure.endswith("They are not tried any more: after the repair, send new credentials or press Reconnect.")
    (need,) = needs(group(given_up=2))
    assert "2 of them are not tried any more" in need.cure


def test_a_reason_that_is_met_everywhere_is_one_need() -> None:
    """The resolver of this machine is broken: that is one thing, not three thousand."""
    lost = {"is_refusal": False, "code": "ENOTFOUND", "advice": ADVICE["ENOTFOUND"]}
    hosts = [group(**lost, host=f"imap.example{at}.org", count=1, example=f"a{at}") for at in range(100)]
    large = group(**lost, host="imap.large.example", count=50)
    found = needs(*hosts, large)
    assert [need.what for need in found] == [
        "50 accounts at imap.large.example name a server that does not exist",
        "100 accounts at 100 providers name a server that does not exist",
    ]
    assert found[1].about == About("accounts", state="connectError")


def test_codes_that_servers_make_up_are_one_reason() -> None:
    made_up = [group(code=f"X{at}", advice=f"Do {at}.", count=at + 1) for at in range(9)]
    (need,) = needs(*made_up)
    assert need.what == "45 accounts at Gmail cannot sign in"
    assert need.cure == "Do 8."


def test_the_fault_of_an_application_leads_to_it() -> None:
    advice = TOKEN_ADVICE["invalid_client"]
    (need,) = needs(group(type="ours", kind="gmail", host="", code="OauthRenewError", advice=advice))
    assert need.what == "12 accounts at Gmail cannot sign in: the provider refuses their OAuth2 application"
    assert need.about == About("oauth2", "ours")


def test_secrets_that_cannot_be_opened_are_told_with_all_others() -> None:
    assert needs(group(code="SecretUnreadable", advice="Send the secrets of ada anew.", is_refusal=False)) == []


@pytest.mark.parametrize("advice", ["", "Do this."])
def test_there_is_always_something_to_do(advice: str) -> None:
    (need,) = needs(group(code="STRANGE", advice=advice, host=""))
    assert need.what == "12 accounts cannot sign in"
    assert need.cure == (advice or "Look at the words of the server.")
