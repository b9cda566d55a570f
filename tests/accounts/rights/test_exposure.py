"""Where secrets go: which step is one further, and what of the settings is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postroom.accounts.rights.exposure import MovedSetting, Use, differences, is_lent, reaches_further, use_of
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.secret import SecretUrl

USE = Use("own", ("jo",), None, "mail.example.com", 993, certified="mail.example.com")
SERVER = {"host": "mail.example.com", "port": 993, "auth": {"user": "jo", "pass": "hidden"}}
OAUTH2 = {"provider": "gmail", "auth": {"user": "jo"}, "accessToken": "hidden"}


@pytest.mark.parametrize(
    ("change", "is_further"),
    [
        ({}, False),
        ({"host": "other.example.com"}, True),
        ({"port": 143}, True),
        ({"user": ("else",)}, True),
        ({"source": "oauth2"}, True),
        ({"proxy": SecretUrl("socks5://p.example.com")}, True),
        ({"implicit_tls": False}, True),
        ({"checks_certificate": False}, True),
        ({"oldest_tls": 0}, True),
        ({"plaintext": True}, True),
        ({"oldest_tls": 3}, False),
        ({"certified": "other.example.com"}, True),
        # The provider's own server is where its tokens belong.
        ({"host": None, "source": "oauth2", "user": ("gmail", "jo")}, False),
        ({"host": None, "proxy": SecretUrl("socks5://p.example.com")}, True),
    ],
)
def test_a_step_further(change: dict[str, Any], is_further: bool) -> None:
    assert reaches_further(USE, replace(USE, **change)) is is_further


def test_a_step_back_is_none_further() -> None:
    weak = replace(USE, implicit_tls=False, checks_certificate=False, oldest_tls=0, plaintext=True)
    assert not reaches_further(weak, USE)
    assert reaches_further(USE, weak)
    named = replace(USE, certified="other.example.com")
    assert not reaches_further(named, USE)
    assert not reaches_further(named, named)
    assert reaches_further(None, USE)
    assert not reaches_further(USE, None)
    assert not reaches_further(None, replace(USE, host=None))


@pytest.mark.parametrize(
    ("document", "source", "host"),
    [
        ({"imap": SERVER}, "own", "mail.example.com"),
        ({"imap": {**SERVER, "disabled": True}}, "own", "mail.example.com"),
        ({"oauth2": OAUTH2}, "oauth2", None),
        ({"oauth2": {**OAUTH2, "enabled": False}}, "oauth2", None),
        ({"imap": {"host": "H.", "port": 1}, "oauth2": OAUTH2}, "oauth2", "h"),
        ({"imap": {"host": "h", "port": 1, "useAuthServer": True}}, "auth-server", "h"),
        ({"oauth2": {"useAuthServer": True, "auth": {"user": "jo"}}}, "auth-server", None),
        ({"oauth2": {**OAUTH2, "auth": {"delegatedAccount": "b"}}}, "lender", None),
        ({"imap": {"host": "h", "port": 1}}, None, None),
        ({}, None, None),
    ],
)
def test_how_a_protocol_signs_in(document: dict[str, Any], source: str | None, host: str | None) -> None:
    settings = settings_of(document)
    use = use_of(settings, "imap")
    assert (use.source if use else None, use.host if use else None) == (source, host)
    assert is_lent(settings, "imap") == (source in ("auth-server", "lender"))


@pytest.mark.parametrize(("name", "certified"), [(None, "h.example"), ("C.Example.", "c.example"), ("", "h.example")])
def test_the_name_in_the_certificate(name: str | None, certified: str) -> None:
    use = use_of(settings_of({"imap": {**SERVER, "host": "H.example.", "tls": {"servername": name}}}), "imap")
    assert use is not None
    assert (use.host, use.certified) == ("h.example", certified)


def test_no_secret_is_told() -> None:
    before = {"imap": SERVER, "oauth2": OAUTH2, "proxy": "socks5://u:hidden@p.example.com:1"}
    headers = [{"key": "X", "value": "hidden"}]
    after: dict[str, Any] = {
        "imap": {**SERVER, "secure": False, "auth": {"user": "jo", "pass": "hidden too"}},
        "name": "x",
    }
    after |= {"webhooks": "https://u:hidden@h.example.com/hidden?hidden", "webhooksCustomHeaders": headers}
    found = differences(settings_of(before), settings_of(after))
    assert "hidden" not in str(found)
    assert found == [
        MovedSetting("imap.secure", "true", "false"),
        MovedSetting("oauth2.provider", "gmail", None),
        MovedSetting("oauth2.auth.user", "jo", None),
        MovedSetting("proxy", "socks5://p.example.com:1", None),
        MovedSetting("webhooks", None, "https://h.example.com"),
    ]
    switched_off = {**before, "imap": {**SERVER, "secure": True, "disabled": True}}
    assert differences(settings_of(before), settings_of(switched_off)) == []
