"""Secrets as values: they print as the placeholder, compare by value, and cannot be serialised by accident."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.secret import Secret, SecretUrl
from postroom.log import redact
from postroom.words.masking import MASK
from tests.accounts.settings.documents import IMAP, OAUTH2

PASSWORD = "hunter2-hunter2"
URL = f"socks5://{PASSWORD}:{PASSWORD}@proxy.example.com:1080"
SHOWN = f"socks5://{MASK}:{MASK}@proxy.example.com:1080"
SETTINGS = settings_of(
    {
        "imap": {**IMAP, "auth": {"user": "u", "pass": PASSWORD}, "pass": PASSWORD},
        "oauth2": {**OAUTH2, "accessToken": PASSWORD, "auth": {"user": "u", "pass": PASSWORD}},
        "proxy": URL,
        "webhooksCustomHeaders": [{"key": "X", "value": PASSWORD, "note": PASSWORD}],
        "unknown": PASSWORD,
    }
)


@pytest.mark.parametrize("secret", [Secret(PASSWORD), SecretUrl(URL), SETTINGS, [Secret(PASSWORD)], {"a": SETTINGS}])
def test_no_way_of_printing_shows_a_secret(secret: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    logging.getLogger("test").info("%s %r", secret, secret)
    shown = (str(secret), repr(secret), f"{secret}", f"{secret!r}", caplog.text, str(redact({"of": secret})))
    assert not any(PASSWORD in text for text in shown)


def test_each_shows_what_may_be_shown() -> None:
    secret, url = Secret(PASSWORD), SecretUrl(URL)
    assert (str(secret), f"{secret:>8}", repr(secret)) == (MASK, f"  {MASK}", f"Secret({MASK})")
    assert (str(url), f"{url:s}", repr(url), url.masked) == (SHOWN, SHOWN, f"SecretUrl({SHOWN})", SHOWN)
    assert (url.has_userinfo, SecretUrl("https://h/a@b").has_userinfo) == (True, False)
    assert (secret.reveal(), url.reveal()) == (PASSWORD, URL)


@pytest.mark.parametrize("write", [orjson.dumps, json.dumps, pickle.dumps])
@pytest.mark.parametrize("secret", [Secret(PASSWORD), SecretUrl(URL), SETTINGS])
def test_nothing_writes_a_secret_by_accident(write: Callable[[object], object], secret: object) -> None:
    with pytest.raises(TypeError):
        write(secret)


@pytest.mark.parametrize("kind", [Secret, SecretUrl])
def test_secrets_are_compared_by_value(kind: type[Secret] | type[SecretUrl]) -> None:
    assert kind("a") == kind("a")
    assert kind("a") != kind("b")
    assert kind("a") != "a"
    assert len({kind("a"), kind("a"), kind("b")}) == 2
    assert (bool(kind("")), bool(kind("a"))) == (False, True)


@pytest.mark.parametrize("secret", [Secret(PASSWORD), SecretUrl(URL), SETTINGS])
def test_copies_are_equal(secret: object) -> None:
    assert copy.copy(secret) == secret
    assert copy.deepcopy(secret) == secret


def test_a_placeholder_is_told_from_a_secret() -> None:
    assert Secret(MASK).is_placeholder
    assert not Secret("*****").is_placeholder
