"""Placeholders where secrets belong: all of them, and nothing that only looks like one."""

from __future__ import annotations

from postroom.accounts.settings.placeholders import find_masked, lost_secrets
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.writing import masked
from postroom.words.masking import MASK
from tests.accounts.settings.documents import IMAP, OAUTH2, SMTP


def test_placeholders_sent_back_are_all_found() -> None:
    shown = masked(
        settings_of(
            {
                "imap": IMAP,
                "smtp": {**SMTP, "auth": {"user": "u", "accessToken": "x"}},
                "oauth2": OAUTH2,
                "proxy": "http://u:p@h/",
                "webhooks": "http://u@h/",
                "webhooksCustomHeaders": [{"key": "a", "value": ""}, {"key": "b", "value": "x"}],
            }
        )
    )
    assert [problem.key for problem in find_masked(shown)] == [
        "imap.auth.pass",
        "smtp.auth.accessToken",
        "oauth2.accessToken",
        "oauth2.refreshToken",
        "proxy",
        "webhooks",
        "webhooksCustomHeaders.1.value",
    ]
    assert all(MASK in problem.message for problem in find_masked(shown))


def test_real_values_are_not_taken_for_placeholders() -> None:
    assert find_masked({"imap": {"auth": {"user": MASK, "pass": "*****"}}, "webhooks": "https://h/******"}) == []
    assert find_masked({"imap": False, "smtp": None, "oauth2": {}, "proxy": None, "webhooksCustomHeaders": None}) == []


def test_secrets_that_are_lost_are_named() -> None:
    stored = settings_of({"imap": IMAP, "proxy": "http://u:p@h/"})
    assert lost_secrets(stored) == []
    assert lost_secrets(settings_of(masked(stored))) == ["imap.auth.pass", "proxy"]
