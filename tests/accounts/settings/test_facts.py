"""What follows from settings: the type, the identity, and whether a change needs a new connection."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.settings.facts import account_type, needs_new_connection, oauth2_identity
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import NO_SETTINGS
from tests.accounts.settings.documents import IMAP, OAUTH2, SMTP


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("imap", IMAP),
        ("oauth2", OAUTH2),
        ("path", ["INBOX"]),
        ("subconnections", ["INBOX"]),
        ("proxy", "http://h/"),
        ("imapIndexer", "fast"),
        ("notifyFrom", "2026-01-01T00:00:00.000Z"),
        ("publicHosts", True),
    ],
)
def test_a_change_of_what_the_connection_is_made_of_needs_a_new_one(name: str, value: Any) -> None:
    assert needs_new_connection(NO_SETTINGS, settings_of({name: value}))
    assert not needs_new_connection(settings_of({name: value}), settings_of({name: value}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("smtp", SMTP),
        ("webhooks", "https://h/"),
        ("logs", True),
        ("copy", False),
        ("webhooksCustomHeaders", [{"key": "X", "value": "v"}]),
    ],
)
def test_other_changes_leave_the_connection_alone(name: str, value: Any) -> None:
    assert not needs_new_connection(NO_SETTINGS, settings_of({name: value}))


def test_another_password_or_something_unknown_of_the_server_needs_a_new_connection() -> None:
    before = settings_of({"imap": IMAP})
    for block in ({**IMAP, "auth": {"user": "u", "pass": "new"}}, {**IMAP, "hint": 1}):
        assert needs_new_connection(before, settings_of({"imap": block}))


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ({"imap": IMAP}, "imap"),
        ({"imap": IMAP, "oauth2": OAUTH2}, "gmail"),
        ({"oauth2": {"useAuthServer": True}}, "oauth2"),
        ({"oauth2": {**OAUTH2, "auth": {"delegatedUser": "s", "delegatedAccount": "b"}}}, "delegated"),
        ({"smtp": SMTP}, "sending"),
        ({"imap": {}, "oauth2": {}}, "sending"),
    ],
)
def test_the_type_follows_from_the_blocks(full: Document, expected: str) -> None:
    assert account_type(settings_of(full)) == expected


def test_an_oauth2_user_is_the_same_in_any_case_and_at_one_provider_only() -> None:
    def identity(provider: str, user: str, **auth: str) -> str | None:
        return oauth2_identity(settings_of({"oauth2": {"provider": provider, "auth": {"user": user, **auth}}}))

    assert identity("gmail", "User@Example.com") == identity("gmail", "user@example.com")
    assert identity("gmail", "user@example.com") != identity("outlook", "user@example.com")
    shared = identity("outlook", "user@example.com", delegatedUser="shared@example.com")
    assert shared != identity("outlook", "user@example.com")
    assert oauth2_identity(settings_of({"imap": IMAP})) is None
    assert oauth2_identity(settings_of({"oauth2": {"provider": "gmail", "authorize": True}})) is None
