"""From settings to a sign-in: which server, which encryption, which user and secret, and what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.model import NoCredentials
from postroom.accounts.settings.reading import settings_of
from postroom.clock import iso
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.sockets.endpoint import TlsMode
from postroom.credentials.logins import UnfitCredentials, host_policy, imap_host, imap_login, sends, smtp_login
from postroom.oauth2.providers import provider_of
from postroom.oauth2.shapes import AppMailServer

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
def test_the_servers_of_an_application_likewise(port: int, secure: dict[str, bool | None], mode: TlsMode) -> None:
    server: AppMailServer = {"host": "mail.example.com", "port": port}
    if "secure" in secure:
        server["secure"] = secure["secure"]
    provider = provider_of("oidc", {"imap": server, "smtp": server})
    full = {"oauth2": {"provider": "own", "auth": {"user": "u"}, "accessToken": "t"}}
    assert imap_login(settings_of(full), now=0, provider=provider).endpoint.tls == mode
    assert smtp_login(settings_of(full), now=0, provider=provider).endpoint.tls == mode


NOW = 1_700_000_000_000
OAUTH2 = {"provider": "gmail", "auth": {"user": "jo", "delegatedUser": "team"}, "accessToken": "t"}


@pytest.mark.parametrize(
    ("auth", "password", "token"),
    [
        ({"user": "u", "pass": "p"}, "p", None),
        ({"user": "u", "accessToken": "t"}, None, "t"),
        ({"user": "u", "pass": "p", "accessToken": "t"}, None, "t"),
        ({"user": "u", "pass": "p", "accessToken": False}, "p", None),
    ],
)
def test_an_access_token_goes_before_a_password(auth: dict[str, Any], password: str | None, token: str | None) -> None:
    login = imap_login(settings_of({"imap": {"host": "h", "port": 993, "auth": auth}}), now=0)
    assert (login.credentials.user, login.credentials.password, login.credentials.access_token) == (
        "u",
        password,
        token,
    )


def test_a_shared_mailbox_is_read_under_its_own_name_and_sent_from_by_the_person() -> None:
    settings = settings_of({"oauth2": OAUTH2})
    assert imap_login(settings, now=0).credentials.user == "team"
    assert smtp_login(settings, now=0).credentials.user == "jo"


def test_a_proxy_is_on_the_way_and_its_password_among_the_secrets() -> None:
    block = {"host": "h", "port": 993, "auth": {"user": "u", "pass": "the password"}}
    login = imap_login(settings_of({"imap": block, "proxy": "socks5://me:the%20word@proxy:1080"}), now=0)
    assert login.endpoint.proxy is not None
    assert {"the password", "the word"} <= set(login.secrets.values)
    assert "the" not in repr(login).replace("the proxy", "")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "no imap settings in use"),
        ({"imap": {"host": "h", "port": 993, "disabled": True}}, "no imap settings in use"),
        ({"imap": {"auth": AUTH}}, "no imap server"),
        ({"imap": {"host": "h", "port": 993}}, "no user name and password"),
        ({"oauth2": {**OAUTH2, "provider": "own"}}, "is not known"),
        ({"oauth2": {**OAUTH2, "accessToken": False}}, "no OAuth2 access token.*or a refresh token"),
        ({"oauth2": {**OAUTH2, "accessToken": False, "refreshToken": "r"}}, "register the OAuth2 application 'gmail'"),
        ({"oauth2": {**OAUTH2, "expires": iso(NOW)}}, "expired at"),
    ],
)
def test_what_is_missing_is_said(document: dict[str, Any], words: str) -> None:
    with pytest.raises(NoCredentials, match=words):
        imap_login(settings_of(document), now=NOW)


def test_what_no_sign_in_can_carry_is_said() -> None:
    block = {"host": "h", "port": 993, "auth": {"user": "u", "pass": "a\x00b"}}
    with pytest.raises(UnfitCredentials):
        imap_login(settings_of({"imap": block}), now=0)


@pytest.mark.parametrize(
    ("document", "host"),
    [
        ({"imap": {"host": "imap.example.com"}, "oauth2": {"provider": "gmail"}}, "imap.example.com"),
        ({"imap": {}, "oauth2": {"provider": "an application of ours"}}, "an application of ours"),
        ({"oauth2": {"provider": "gmail"}}, "imap.gmail.com"),
        ({}, ""),
    ],
)
def test_the_host_of_the_imap_server(document: dict[str, Any], host: str) -> None:
    assert imap_host(settings_of(document)) == host


def test_an_account_may_be_kept_to_public_hosts() -> None:
    assert host_policy(settings_of({"publicHosts": True}), AddressPolicy.ANY) is AddressPolicy.PUBLIC
    assert host_policy(settings_of({}), AddressPolicy.ANY) is AddressPolicy.ANY


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"smtp": {"host": "h", "port": 1}}, True),
        ({"smtp": {"host": "h", "port": 1, "disabled": True}}, False),
        ({"oauth2": {"provider": "gmail"}}, True),
        ({"oauth2": {"provider": "gmail", "enabled": False}}, False),
        ({"oauth2": {"provider": "gmail"}, "smtp": False}, False),
        ({"imap": {"host": "h", "port": 1}}, False),
        ({"imap": {"host": "imap.gmail.com", "port": 993}}, True),
        ({"imap": {"host": "imap.gmail.com", "port": 993}, "smtp": False}, False),
        ({"imap": {"host": "imap.gmail.com", "port": 993}, "smtp": {"host": "h", "disabled": True}}, False),
    ],
)
def test_which_accounts_send(body: dict[str, object], expected: bool) -> None:
    assert sends(settings_of(body)) == expected


def test_an_account_of_a_known_provider_needs_no_smtp_settings() -> None:
    block = {"host": "imap.gmail.com", "port": 993, "auth": AUTH}
    login = smtp_login(settings_of({"imap": block}), now=0)
    assert (str(login.endpoint), login.endpoint.tls) == ("smtp.gmail.com:465", "implicit")
    assert login.credentials == imap_login(settings_of({"imap": block}), now=0).credentials
    login = smtp_login(settings_of({"imap": {**block, "host": "imap.mail.me.com"}}), now=0)
    assert (str(login.endpoint), login.endpoint.tls) == ("smtp.mail.me.com:587", "starttls")
    with pytest.raises(NoCredentials, match="no smtp settings in use"):
        smtp_login(settings_of({"imap": {**block, "host": "imap.example.com"}}), now=0)
