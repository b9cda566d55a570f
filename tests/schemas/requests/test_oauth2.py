"""What requests about OAuth2 applications may hold."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.schemas.requests.oauth2 import AppChange, AppTrial, NewApp
from tests.schemas.checked import problems_of, value_of

APP = {"name": "Mail", "provider": "gmail"}


def test_a_name_and_a_provider_are_required() -> None:
    assert problems_of(NewApp, {}) == {"name": "is required", "provider": "is required"}
    assert value_of(NewApp, {**APP, "id": "my_app-1"}) == {**APP, "id": "my_app-1"}
    assert value_of(AppChange, {}) == {}


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"provider": "yahoo"}, "provider", "must be one of 'gmail', 'gmailService', 'outlook', "),
        ({"id": "a b"}, "id", "must fit the pattern ^[A-Za-z0-9_-]"),
        ({"id": ""}, "id", "must fit the pattern"),
        ({"cloud": "moon"}, "cloud", "must be one of 'global', "),
        ({"tenant": "a/b"}, "tenant", "must fit the pattern"),
        ({"baseScopes": "api"}, "baseScopes", "must be one of 'imap'"),
        ({"authMethod": "clientSecret"}, "authMethod", "must be one of 'serviceKey'"),
        ({"extraScopes": ["a b"]}, "extraScopes.0", "must fit the pattern"),
        ({"extraScopes": ["s"] * 101}, "extraScopes", "must not hold more than 100 items"),
        ({"serviceKey": "x" * 32769}, "serviceKey", "must not be longer than 32768 characters"),
        ({"discoveryUrl": "http://169.254.169.254/"}, "discoveryUrl", "is refused: The address 169.254.169.254"),
        ({"imap": {"port": 993}}, "imap.host", "is required"),
        ({"imap": {"host": "a.example"}}, "imap.port", "is required"),
        ({"imap": {"host": "a.example", "port": 993, "auth": {}}}, "imap.auth", "is not allowed"),
        ({"imap": False}, "imap", "must be an object"),
        ({"clientSecret": "a\nb"}, "clientSecret", "must not hold a line break or a NUL character"),
    ],
)
def test_what_is_refused_of_an_application(change: dict[str, Any], key: str, words: str) -> None:
    found = problems_of(NewApp, {**APP, **change})
    assert list(found) == [key]
    assert found[key].startswith(words)


def test_an_empty_text_clears_in_a_change() -> None:
    names = ("description", "tenant", "serviceClientEmail", "redirectUrl", "extraScopes", "enabled")
    sent = dict.fromkeys(names, "")
    assert value_of(AppChange, sent) == {
        "description": None,
        "tenant": "",
        "serviceClientEmail": None,
        "redirectUrl": None,
        "extraScopes": [],
        "enabled": False,
    }


def test_an_id_cannot_be_changed() -> None:
    assert problems_of(AppChange, {"id": "other"}) == {"id": "is not allowed"}


def test_a_trial_may_name_an_account() -> None:
    assert value_of(AppTrial, {}) == {}
    assert value_of(AppTrial, {"account": None, "testConnection": "N"}) == {"account": None, "testConnection": False}
    assert problems_of(AppTrial, {"account": ""}) == {"account": "must not be empty"}
