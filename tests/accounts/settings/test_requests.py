"""What is wrong with a request about settings before it is applied."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.settings.requests import (
    is_storable,
    new_problems,
    registration_problems,
    sent_problems,
    tried_problems,
    unstorable,
)
from postroom.accounts.settings.shapes import Document
from postroom.words.masking import MASK
from tests.accounts.settings.documents import IMAP, OAUTH2, SMTP


@pytest.mark.parametrize(
    ("body", "complete"),
    [
        ({"imap": IMAP}, True),
        ({"oauth2": OAUTH2}, True),
        ({"imap": False, "smtp": SMTP}, True),
        ({"smtp": SMTP}, True),
        ({"smtp": False}, False),
        ({"imap": False}, False),
        ({}, False),
    ],
)
def test_a_registration_says_how_mail_is_received_or_that_it_is_not(body: Document, complete: bool) -> None:
    assert [problem.key for problem in registration_problems(body)] == ([] if complete else ["imap"])


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "ü\udfff"])
def test_text_that_no_database_takes_is_named(text: str) -> None:
    assert not is_storable(text)
    body: dict[str, Any] = {"account": text, "name": text, "email": text, "metadata": {"a": text, "b": "fine"}}
    assert [problem.key for problem in unstorable(body)] == ["account", "name", "email", "metadata.a"]


@pytest.mark.parametrize("text", ["", "a", "\x01\x7f", "ü", "\ue000\uffff", "🐘"])
def test_other_text_is_fine(text: str) -> None:
    assert is_storable(text)
    assert unstorable({"account": text, "name": text, "metadata": {text: text}}) == []


def test_one_sign_in_takes_one_secret() -> None:
    both = {"imap": {**IMAP, "auth": {"user": "u", "pass": "p", "accessToken": "t"}}, "smtp": SMTP}
    assert [problem.key for problem in sent_problems(both)] == ["imap.auth.accessToken"]
    assert sent_problems({"imap": {"auth": {"pass": "", "accessToken": "t"}}, "smtp": {"auth": False}}) == []


def test_a_registration_tells_each_field_once() -> None:
    assert [problem.key for problem in new_problems({"smtp": {"host": "h", "auth": {"pass": MASK}}})] == [
        "smtp.auth.pass",
        "smtp.port",
        "smtp.auth.user",
    ]


def test_settings_that_are_tried_may_be_for_sending_alone() -> None:
    assert tried_problems({"smtp": SMTP}) == []
    assert [problem.key for problem in tried_problems({"imap": {**IMAP, "auth": {"user": "u", "pass": MASK}}})] == [
        "imap.auth.pass"
    ]
