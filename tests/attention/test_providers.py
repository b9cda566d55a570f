"""Providers by their names, from what is known of an account."""

from __future__ import annotations

import pytest

from postroom.attention.providers import profile_of, provider_name


@pytest.mark.parametrize(
    ("kind", "host", "name"),
    [
        ("imap", "imap.gmail.com", "Gmail"),
        ("gmail", "", "Gmail"),
        ("gmailService", "", "Gmail"),
        ("imap", "mail.example.com", "mail.example.com"),
        ("imap", "", ""),
        ("delegated", "", ""),
    ],
)
def test_the_name_of_a_provider(kind: str, host: str, name: str) -> None:
    assert provider_name(kind, host) == name


def test_microsoft_is_known_by_its_host_and_by_its_applications() -> None:
    assert provider_name("outlook", "") == provider_name("imap", "outlook.office365.com")


def test_software_is_no_provider() -> None:
    """A Dovecot is known by what it says, and that is not asked here."""
    assert profile_of("imap", "dovecot.example.com") is None
