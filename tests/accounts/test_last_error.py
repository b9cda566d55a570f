"""What is written down of a failure for people."""

from __future__ import annotations

from postroom.accounts.last_error import error_document, internal_failure
from postroom.accounts.model import NoCredentials
from postroom.connections.failures import Failure
from postroom.credentials.refusals import unprepared_failure
from postroom.words import Words

REFUSED = Failure(
    "authentication", "login", "AUTHENTICATIONFAILED", Words("Invalid credentials"), "Check the password."
)


def test_last_error_has_the_servers_words_and_what_to_do() -> None:
    assert error_document(REFUSED, 1_700_000_000_123) == {
        "response": "Invalid credentials",
        "serverResponseCode": "AUTHENTICATIONFAILED",
        "phase": "login",
        "time": "2023-11-14T22:13:20.123Z",
        "advice": "Check the password.",
    }


def test_an_account_that_was_given_up_says_so() -> None:
    assert "3.0 days" in error_document(REFUSED, 0, given_up_after=3.0)["description"]


def test_our_own_faults_are_no_fault_of_the_credentials() -> None:
    failure = internal_failure("sync")
    assert (failure.kind, failure.code) == ("connection", "InternalError")


def test_missing_credentials_are_named() -> None:
    failure = unprepared_failure(NoCredentials("The account has no OAuth2 access token: send oauth2.accessToken"))
    assert failure.kind == "authentication"
    assert "accessToken" in failure.response
