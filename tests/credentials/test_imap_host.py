"""The host of an account's IMAP server, before there is anything to sign in with."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.settings.reading import settings_of
from postroom.credentials.logins import imap_host


@pytest.mark.parametrize(
    ("full", "host"),
    [
        ({"imap": {"host": "imap.example.com"}, "oauth2": {"provider": "gmail"}}, "imap.example.com"),
        ({"oauth2": {"provider": "gmail"}}, "imap.gmail.com"),
        ({"imap": {}, "oauth2": {"provider": "an application of ours"}}, "an application of ours"),
        ({}, ""),
    ],
)
def test_the_host_as_far_as_the_settings_tell(full: dict[str, Any], host: str) -> None:
    assert imap_host(settings_of(full)) == host
    assert imap_login(settings_of(full), now=0, provider=provider).endpoint.tls == mode
    assert smtp_login(settings_of(full), now=0, provider=provider).endpoint.tls == mode
