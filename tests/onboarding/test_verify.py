"""Trying settings: what needs no server to be said. The rest is in tests/api/test_verification.py, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from postroom.accounts.settings.reading import settings_of
from postroom.connections.failures import Failure
from postroom.connections.hosts.names import LOCALHOST
from postroom.onboarding.verify import SignInFailed, SignInReport, Verifier
from postroom.settings import Settings
from postroom.words.strangers import Words

FAILURE = Failure("connection", "connect", "ECONNREFUSED", Words("Connection refused"), "Check the port.")
GMAIL = {"provider": "gmail", "auth": {"user": "u"}}


@pytest.fixture
def verifier(tmp_path: Path) -> Verifier:
    return Verifier(
        settings=Settings(data_dir=tmp_path, _env_file=None), lookups=LOCALHOST, clock=lambda: 1_700_000_000_000
    )


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (SignInReport("imap", "imap.example.com", 993), "Signed in"),
        (SignInReport("imap", "imap.example.com", 993, FAILURE), "Connection failed: IMAP imap.example.com:993"),
        (SignInReport("smtp", "", 0, FAILURE), "Connection failed: no SMTP server is known yet"),
        (SignInReport("imap", "", 0, replace(FAILURE, kind="authentication")), "Authentication failed"),
    ],
)
def test_the_outcome_in_a_few_words(report: SignInReport, words: str) -> None:
    assert report.summary == words


async def test_nothing_is_tried_of_what_is_disabled(verifier: Verifier) -> None:
    block = {"host": "192.0.2.1", "port": 993, "auth": {"user": "u", "pass": "p"}, "disabled": True}
    assert await verifier.verify(settings_of({"imap": block, "smtp": block})) == []
    await verifier.demand(settings_of({"imap": block, "smtp": block}))


@pytest.mark.parametrize(
    ("oauth2", "words"),
    [
        (GMAIL, "no OAuth2 access token"),
        (
            {"provider": "gmail", "auth": {"user": "u"}, "accessToken": "t", "expires": "2020-01-01T00:00:00Z"},
            "expired",
        ),
        ({**GMAIL, "provider": "unheard-of", "accessToken": "t"}, "not known"),
    ],
)
async def test_credentials_that_are_missing_are_said_to_be(
    verifier: Verifier, oauth2: dict[str, Any], words: str
) -> None:
    with pytest.raises(SignInFailed) as caught:
        await verifier.demand(settings_of({"oauth2": oauth2}))
    assert (caught.value.message, caught.value.code) == ("Authentication failed", "AuthenticationError")
    details = caught.value.report.details()
    assert words in str(details["response"])
    assert details["serverResponseCode"] == "CredentialsMissing"
