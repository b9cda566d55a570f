"""Accounts of EmailEngine as Postroom takes them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from postroom.accounts.settings.requests import new_problems
from postroom.moving.mapping.accounts import AccountSurroundings, planned_account
from postroom.moving.mapping.apps import AppStanding
from postroom.moving.plan import Destination, Fate, PlannedAccount
from postroom.schemas.requests.accounts import NewAccount
from tests.moving import documents

NOW = "2026-05-01T00:00:00.000Z"
APPS = {
    "AAAB": AppStanding(usable=True),
    "waits": AppStanding(usable=False),
    "service": AppStanding(usable=True, service=True),
    "api": AppStanding(usable=True, other_protocol=True),
}


def planned(document: dict[str, Any], **around: Any) -> PlannedAccount:
    surroundings: dict[str, Any] = {"apps": APPS, "there": Destination(), "notify_from": NOW} | around
    return planned_account(document["account"], document, AccountSurroundings(**surroundings))


def causes(account: PlannedAccount) -> list[str]:
    return [remark.cause for remark in account.remarks]


def test_an_account_goes_over_with_its_password_and_without_its_old_mail() -> None:
    account = planned(documents.password_account())
    assert account.fate is Fate.GOES
    sign_in = {"user": "ada@example.com", "pass": "geheim"}
    assert account.body == {
        "account": "ada",
        "name": "Ada",
        "email": "ada@example.com",
        "imapIndexer": "full",
        "logs": False,
        "notifyFrom": NOW,
        "imap": {"host": "imap.example.com", "port": 993, "secure": True, "auth": sign_in, "resyncDelay": 900},
        "smtp": {"host": "smtp.example.com", "port": 465, "secure": True, "auth": sign_in},
    }
    assert account.remarks == ()


@pytest.mark.parametrize(
    "document",
    [
        documents.password_account(),
        documents.password_account(path=["INBOX", "\\Sent"], subconnections=["Work"], proxy="socks5://u:p@proxy:1080"),
        documents.password_account(webhooks="https://example.com/hook", webhooksCustomHeaders=[{"key": "a"}]),
        documents.password_account(imap=False),
        documents.oauth2_account(),
        documents.oauth2_account(app="service", token=documents.MASK),
        documents.password_account(imap={"host": "h", "port": 993, "useAuthServer": True}, smtp=False),
    ],
)
def test_what_goes_is_a_body_that_the_api_takes(document: dict[str, Any]) -> None:
    account = planned(document)
    assert account.fate is Fate.GOES
    body: Any = TypeAdapter(NewAccount).validate_python(account.body)
    assert body == account.body
    assert new_problems(body) == []


def test_without_a_choice_the_time_of_registration_decides_what_is_announced() -> None:
    assert "notifyFrom" not in planned(documents.password_account(), notify_from=None).body


def test_a_refresh_token_goes_over_alone() -> None:
    body = planned(documents.oauth2_account()).body
    assert body["oauth2"] == {"provider": "AAAB", "auth": {"user": "ben@example.com"}, "refreshToken": "refresh"}


def test_an_account_of_a_service_needs_no_token() -> None:
    body = planned(documents.oauth2_account(app="service", token=documents.MASK)).body
    assert body["oauth2"] == {"provider": "service", "auth": {"user": "ben@example.com"}}


def test_an_access_token_that_the_program_renews_goes_over_with_its_end() -> None:
    document = documents.oauth2_account()
    document["oauth2"] |= {"accessToken": "access", "refreshToken": None}
    account = planned(document)
    assert account.fate is Fate.GOES
    assert account.body["oauth2"] == {
        "provider": "AAAB",
        "auth": {"user": "ben@example.com"},
        "accessToken": "access",
        "expires": "2026-01-01T00:00:00.000Z",
    }


def test_a_borrowed_mailbox_needs_no_token() -> None:
    who = {"user": "s", "delegatedUser": "shared@example.com", "delegatedAccount": "ben"}
    account = planned(documents.oauth2_account(oauth2={"provider": "AAAB", "auth": who}))
    assert account.fate is Fate.GOES
    assert account.body["oauth2"] == {"provider": "AAAB", "auth": who}


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (documents.password_account(password=documents.MASK), ["password"]),
        (documents.password_account(password=documents.ENCRYPTED), ["encrypted"]),
        (documents.password_account(proxy="socks5://******:******@proxy:1080"), ["url"]),
        (documents.password_account(webhooksCustomHeaders=[{"key": "a", "value": documents.MASK}]), ["url"]),
        (documents.password_account(password=documents.MASK, proxy="http://******@p"), ["password", "url"]),
        (documents.oauth2_account(token=documents.MASK), ["consent"]),
        (documents.oauth2_account(token=documents.ENCRYPTED), ["encrypted"]),
        (documents.oauth2_account(app="waits"), ["app"]),
        (documents.oauth2_account(app="unknown"), ["app"]),
        (documents.oauth2_account(app="api"), ["otherProtocol"]),
        (documents.password_account(imap=False, smtp=False), ["empty"]),
    ],
)
def test_an_account_waits_for_what_only_a_person_can_give(document: dict[str, Any], told: list[str]) -> None:
    account = planned(document)
    assert (account.fate, causes(account)) == (Fate.WAITS, told)


def test_one_that_is_there_stays_as_it_is() -> None:
    there = Destination(accounts=frozenset({"ada"}))
    account = planned(documents.password_account(password=documents.MASK), there=there)
    assert (account.fate, account.remarks) == (Fate.THERE, ())


def test_what_was_set_for_all_is_set_for_those_without_their_own() -> None:
    defaults = {"proxy": "http://all:1", "smtpEhloName": "mail.example.com"}
    assert planned(documents.password_account(proxy=""), defaults=defaults).body["proxy"] == "http://all:1"
    own = planned(documents.password_account(proxy="http://own:1"), defaults=defaults).body
    assert (own["proxy"], own["smtpEhloName"]) == ("http://own:1", "mail.example.com")


def test_an_account_without_a_name_gets_its_address_or_its_id() -> None:
    assert planned(documents.password_account(name="")).body["name"] == "ada@example.com"
    assert planned(documents.password_account(name=None, email=None)).body["name"] == "ada"


def test_an_account_that_is_switched_off_stays_off_and_that_is_told() -> None:
    account = planned(documents.password_account(imap={"host": "h", "port": 993, "secure": True, "disabled": True}))
    assert causes(account) == ["disabled"]
    assert account.body["imap"] == {"host": "h", "port": 993, "secure": True, "disabled": True}
