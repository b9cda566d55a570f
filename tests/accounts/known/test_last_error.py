"""What is written down of a failure for people."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from postroom.accounts.known.last_error import LastError, internal_failure, last_error_of
from postroom.accounts.model import NoCredentials
from postroom.connections.failures import Failure
from postroom.credentials.refusals import unprepared_failure
from postroom.words.strangers import Words

REFUSED = Failure(
    "authentication", "login", "AUTHENTICATIONFAILED", Words("Invalid credentials"), "Check the password."
)


def test_last_error_has_the_servers_words_and_what_to_do() -> None:
    assert last_error_of(REFUSED, 1_700_000_000_123).as_row() == {
        "response": "Invalid credentials",
        "serverResponseCode": "AUTHENTICATIONFAILED",
        "phase": "login",
        "time": "2023-11-14T22:13:20.123Z",
        "advice": "Check the password.",
    }


# As the version before typed values stored them.
ROWS: list[dict[str, Any]] = [
    {
        "response": "Invalid credentials",
        "serverResponseCode": "AUTHENTICATIONFAILED",
        "phase": "login",
        "time": "2023-11-14T22:13:20.123Z",
        "advice": "Check the password.",
        "description": "Stopped",
        "tokenRequest": {"grant": "refresh_token", "scopes": [], "status": 400},
    },
    {"response": "no route"},
    {"serverResponseCode": "ETIMEDOUT", "later": None},
    {},
]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_stored_as_it_was_read(row: dict[str, Any]) -> None:
    assert orjson.dumps(LastError.of_row(row).as_row()) == orjson.dumps(row)


def test_the_token_request_that_failed_is_told_last() -> None:
    row = last_error_of(REFUSED, 0, 3.0, {"status": 400}).as_row()
    assert list(row)[-2:] == ["description", "tokenRequest"]


def test_an_account_that_was_given_up_says_so() -> None:
    assert "3.0 days" in (last_error_of(REFUSED, 0, given_up_after=3.0).description or "")


def test_our_own_faults_are_no_fault_of_the_credentials() -> None:
    failure = internal_failure("sync")
    assert (failure.kind, failure.code) == ("connection", "InternalError")


def test_missing_credentials_are_named() -> None:
    failure = unprepared_failure(NoCredentials("The account has no OAuth2 access token: send oauth2.accessToken"))
    assert failure.kind == "authentication"
    assert "accessToken" in failure.response
