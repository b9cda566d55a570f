"""Verdicts on sign-ins that fail before a mail server is asked."""

from __future__ import annotations

import pytest

from postroom.accounts.model import NoCredentials
from postroom.credentials.auth_server import AuthServerRefused, AuthServerUnavailable
from postroom.credentials.logins import UnfitCredentials
from postroom.credentials.refusals import UNPREPARED, UNREADABLE_PAUSE, Unprepared, token_request_of, unprepared_failure
from postroom.oauth2.exchange import OAuthTokenRefused, TokenRequest, TokenUnavailable
from postroom.storage.sealing.secrets import SecretUnreadable, WrongKey

REQUEST: TokenRequest = {"grant": "refresh_token", "flag": {"message": "Consent once more."}}


@pytest.mark.parametrize(
    ("error", "kind", "advice"),
    [
        (NoCredentials("there is nothing"), "authentication", "Send the missing"),
        (UnfitCredentials("a NUL"), "authentication", ""),
        (OAuthTokenRefused("no", REQUEST), "authentication", "Consent once more."),
        (OAuthTokenRefused("no", {}), "authentication", "sign in again"),
        (TokenUnavailable("away", {}, "ECONNREFUSED"), "connection", "asked again by itself"),
        (AuthServerRefused("status 403"), "authentication", "for this account"),
        (AuthServerUnavailable("away", code="ECONNREFUSED"), "connection", "authServer"),
        (SecretUnreadable("the account 'a'", WrongKey("lost")), "connection", "the account 'a' anew by PUT"),
    ],
)
def test_each_has_its_verdict(error: Unprepared, kind: str, advice: str) -> None:
    failure = unprepared_failure(error)
    assert (failure.kind, failure.phase, failure.code) == (kind, "login", error.code)
    assert advice in failure.advice
    assert isinstance(error, UNPREPARED)


def test_secrets_that_cannot_be_opened_are_not_tried_often() -> None:
    assert unprepared_failure(SecretUnreadable("x", WrongKey("lost"))).retry_after == UNREADABLE_PAUSE


def test_the_request_for_a_token_is_told_besides() -> None:
    assert token_request_of(OAuthTokenRefused("no", REQUEST)) == REQUEST
    assert token_request_of(NoCredentials("nothing")) is None
