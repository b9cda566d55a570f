"""Errors of the client become one or two sentences and an exit status."""

from __future__ import annotations

import pytest

from postroom.cli.exits import ExitStatus
from postroom.cli.remote.output.failures import explained, sentence, status_of
from postroom.client.errors import (
    ApiError,
    Conflict,
    FieldFault,
    Forbidden,
    InvalidRequest,
    NotFound,
    ServerFault,
    TokenRefused,
    TooMany,
    Unavailable,
    Unreachable,
)
from postroom.words.strangers import Secrets


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (NotFound, ExitStatus.NOT_FOUND),
        (TokenRefused, ExitStatus.REFUSED),
        (Forbidden, ExitStatus.REFUSED),
        (TooMany, ExitStatus.UNAVAILABLE),
        (Unavailable, ExitStatus.UNAVAILABLE),
        (InvalidRequest, ExitStatus.FAILED),
        (Conflict, ExitStatus.FAILED),
        (ServerFault, ExitStatus.FAILED),
    ],
)
def test_each_kind_has_its_status(kind: type[ApiError], status: ExitStatus) -> None:
    assert status_of(kind("It failed.", request="GET /x")) is status
    assert explained(kind("It failed.", request="GET /x")).status is status


def test_a_value_that_only_the_api_checks_is_a_wrong_use() -> None:
    faults = (FieldFault("type", "There is no such type"),)
    assert status_of(InvalidRequest("No.", request="GET /x", fields=faults)) is ExitStatus.USAGE
    assert status_of(Forbidden("No.", request="PUT /x", fields=faults)) is ExitStatus.REFUSED


def test_an_account_without_smtp_is_there() -> None:
    assert status_of(NotFound("No SMTP.", request="POST /x", code="SMTPUnavailable")) is ExitStatus.FAILED


def test_a_sentence_has_the_faults_the_code_and_what_to_do() -> None:
    faults = (FieldFault("imap.port", '"imap.port" must be a number'), FieldFault("host", "It failed"))
    error = InvalidRequest("It failed.", request="GET /x", code="Wrong", fields=faults, advice="Mend it.")
    assert sentence(error) == 'It failed; "imap.port" must be a number (Wrong). Mend it.'


def test_no_secret_and_nothing_that_a_terminal_obeys_is_in_it() -> None:
    error = ApiError("You sent swordfish-12\x1b[2J", request="GET /x", advice="\x9b31m Try\nagain")
    told = sentence(error, Secrets.of("swordfish-12"))
    assert "swordfish" not in told
    assert not [letter for letter in told if letter < " " or letter == "\x9b"]


def test_a_gateway_that_cannot_be_reached_is_named() -> None:
    error = Unreachable("No connection: refused.", request="GET /v1 at http://gateway.example", was_begun=False)
    assert "http://gateway.example" in sentence(error)
    assert status_of(error) is ExitStatus.UNAVAILABLE
