"""From settings to a sign-in: which encryption is used where `secure` says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.settings.reading import settings_of
from postroom.connections.sockets.endpoint import TlsMode
from postroom.credentials.logins import imap_login, smtp_login
from postroom.oauth2.providers import provider_of

AUTH = {"user": "u", "pass": "p"}


@pytest.mark.parametrize(
    ("port", "secure", "mode"),
    [
        (993, {}, "implicit"),
        (465, {}, "implicit"),
        (143, {}, "none-ok"),
        (587, {}, "none-ok"),
        (2993, {}, "none-ok"),
        (993, {"secure": None}, "implicit"),
        (143, {"secure": None}, "none-ok"),
        (993, {"secure": False}, "none-ok"),
        (143, {"secure": True}, "implicit"),
    ],
)
def test_tls_by_the_setting_and_else_by_the_port(port: int, secure: dict[str, Any], mode: TlsMode) -> None:
    block = {"host": "mail.example.com", "port": port, "auth": AUTH, **secure}
    assert imap_login(settings_of({"imap": block}), now=0).endpoint.tls == mode
    assert smtp_login(settings_of({"smtp": block}), now=0).endpoint.tls == mode


@pytest.mark.parametrize(
    ("port", "secure", "mode"),
    [
        (993, {}, "implicit"),
        (465, {"secure": None}, "implicit"),
        (143, {}, "starttls"),
        (993, {"secure": False}, "starttls"),
        (143, {"secure": True}, "implicit"),
    ],
)
def test_the_servers_of_an_application_likewise(port: int, secure: dict[str, Any], mode: TlsMode) -> None:
    server = {"host": "mail.example.com", "port": port, **secure}
    provider = provider_of("oidc", {"imap": server, "smtp": server})
    full = {"oauth2": {"provider": "own", "auth": {"user": "u"}, "accessToken": "t"}}
    assert imap_login(settings_of(full), now=0, provider=provider).endpoint.tls == mode
    assert smtp_login(settings_of(full), now=0, provider=provider).endpoint.tls == mode
