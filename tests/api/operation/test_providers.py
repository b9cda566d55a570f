"""Providers by the names that their profiles have."""

from __future__ import annotations

import pytest

from postroom.api.operation.providers import provider_label


@pytest.mark.parametrize(
    ("kind", "host", "label"),
    [
        ("imap", "imap.gmail.com", "Gmail"),
        ("imap", "imap.fastmail.com", "Fastmail"),
        ("gmail", "", "Gmail"),
        ("gmailService", "", "Gmail"),
        ("outlook", "", "Microsoft 365 and Outlook.com"),
        ("outlook", "imap.example.com", "other"),
        ("imap", "mail.a-company.example", "other"),
        ("sending", "", "other"),
        ("delegated", "", "other"),
        ("imap", "not gmail.com.example", "other"),
    ],
)
def test_a_host_belongs_to_its_provider_and_an_application_to_that_of_its_kind(
    kind: str, host: str, label: str
) -> None:
    assert provider_label(kind, host) == label
