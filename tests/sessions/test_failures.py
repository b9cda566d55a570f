"""One family of errors: each tells how far it came, and carries the verdict of where it failed."""

from __future__ import annotations

import pytest

from postroom.accounts.model import NoCredentials
from postroom.connections.failures import ConnectionFailed, Failure, SignInRefused, no_turn
from postroom.connections.sockets.endpoint import Endpoint
from postroom.credentials.auth_server import AuthServerRefused, AuthServerUnavailable
from postroom.credentials.logins import MailLogin, UnfitCredentials
from postroom.credentials.refusals import Unprepared, token_request_of, unprepared_failure
from postroom.imap.credentials import Credentials
from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable
from postroom.sessions.failures import InUse, NoPlace, SessionFailed, dismissed, not_opened, not_prepared
from postroom.storage.sealing.secrets import SecretUnreadable, WrongKey
from postroom.words.strangers import Words

LOGIN = MailLogin(Endpoint("imap.example.com", 993), Credentials("u", "pass"))
AWAY = Failure("connection", "connect", "ECONNREFUSED", Words("Connection refused"), "Check the port.", 7.0)
REFUSED = Failure("authentication", "login", "AUTHENTICATIONFAILED", Words("No."), "Check the password.")


@pytest.mark.parametrize(
    ("error", "stage"),
    [
        (NoCredentials("nothing to sign in with"), "credentials"),
        (UnfitCredentials("a line break in the password"), "credentials"),
        (SecretUnreadable("the account 'a'", WrongKey("no key")), "credentials"),
        (OAuthTokenRefused("consent was taken back", {"status": 400}), "oauth2-token"),
        (TokenUnavailable("the provider is away", {"status": 503}, "ETIMEDOUT"), "oauth2-token"),
        (AuthServerRefused("status 404"), "auth-server"),
        (AuthServerUnavailable("no answer"), "auth-server"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_credentials_that_could_not_be_had(error: Unprepared, stage: str) -> None:
    failed = not_prepared(error)
    assert (failed.stage, failed.failure, failed.login) == (stage, unprepared_failure(error), None)
    assert failed.token_request == token_request_of(error)
    assert bool(failed.token_request) == (stage == "oauth2-token")


@pytest.mark.parametrize(
    ("error", "stage"),
    [
        (ConnectionFailed(AWAY), "connection"),
        (ConnectionFailed(no_turn("imap.example.com", 20.0, 0.0, "Many sign-ins are in progress")), "turn"),
        (ConnectionFailed(no_turn("imap.example.com", 20.0, 30.0, "")), "turn"),
        (SignInRefused(REFUSED), "sign-in"),
    ],
)
def test_connections_that_were_not_opened(error: ConnectionFailed | SignInRefused, stage: str) -> None:
    failed = not_opened(error, LOGIN)
    assert (failed.stage, failed.failure, failed.login) == (stage, error.failure, LOGIN)
    assert (failed.code, failed.retry_after) == (error.failure.code, error.failure.retry_after)


def test_no_place_says_what_is_in_use() -> None:
    failed = NoPlace("a", "imap.example.com", InUse(2, 2, 7, 50, 3), 20.0)
    assert isinstance(failed, SessionFailed)
    assert (failed.code, failed.stage, failed.failure.kind) == ("ESESSIONSBUSY", "place", "connection")
    assert failed.message == (
        "No session of a became free within 20 s: 2 of 2 of the account are in use, "
        "7 of 50 at imap.example.com, and 3 others wait"
    )


def test_a_session_that_is_taken_away_is_worth_another_try() -> None:
    assert (dismissed().stage, dismissed().failure.kind, dismissed().retry_after) == ("place", "connection", 1.0)
