"""What settings lack: every problem is named, not only the first."""

from __future__ import annotations

import pytest

from postroom.accounts.settings.problems import problems
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import Document
from tests.accounts.settings.documents import IMAP, OAUTH2, SMTP, STORED


def keys(full: Document) -> list[str]:
    return [problem.key for problem in problems(settings_of(full))]


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        (STORED, []),
        ({"oauth2": OAUTH2}, []),
        ({"smtp": SMTP}, []),
        ({"imap": {**IMAP, "auth": {"user": "u", "accessToken": "T"}}}, []),
        ({"imap": {"host": "h", "port": 1, "useAuthServer": True}}, []),
        ({"oauth2": OAUTH2, "imap": {"host": "h", "port": 1}}, []),
        ({"imap": {"disabled": True}}, []),
        ({}, ["imap"]),
        ({"imap": {"auth": {"user": "u", "pass": "p"}}}, ["imap.host", "imap.port"]),
        ({"imap": {"host": "h", "port": 1}}, ["imap.auth"]),
        ({"imap": {**IMAP, "auth": {"pass": "p"}}}, ["imap.auth.user"]),
        ({"imap": {**IMAP, "auth": {"user": "u"}}}, ["imap.auth.pass"]),
        ({"imap": {**IMAP, "useAuthServer": True}}, ["imap.auth"]),
        ({"oauth2": {}}, ["oauth2.provider", "oauth2.auth.user"]),
        ({"oauth2": {"accessToken": "x"}}, ["oauth2.provider", "oauth2.auth.user"]),
        ({"oauth2": {"provider": "p", "authorize": True}}, []),
        (
            {"imap": {"auth": {"pass": "p"}}, "smtp": {"host": "h"}, "oauth2": {"auth": {"user": "u"}}},
            ["imap.host", "imap.port", "imap.auth.user", "smtp.port", "oauth2.provider"],
        ),
    ],
)
def test_every_problem_is_found_not_only_the_first(full: Document, expected: list[str]) -> None:
    assert keys(full) == expected


def test_a_lender_without_a_mailbox_to_open_is_refused() -> None:
    block = {"provider": "p", "auth": {"user": "u", "delegatedAccount": "b"}}
    assert keys({"oauth2": block}) == ["oauth2.auth.delegatedUser"]
