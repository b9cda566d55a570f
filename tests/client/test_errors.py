"""The errors of the client."""

from __future__ import annotations

import pytest

from postroom.client.errors import (
    ApiError,
    FieldFault,
    Forbidden,
    Gone,
    InvalidRequest,
    MailServerFailed,
    NotFound,
    TokenRefused,
    TooMany,
    Unavailable,
    UnknownAnswer,
    Unreachable,
    error_class,
)


def test_an_error_says_what_was_asked_what_came_of_it_and_what_to_do() -> None:
    error = InvalidRequest(
        "Invalid input.",
        request="POST /v1/account",
        status=400,
        code="InvalidInput",
        fields=(FieldFault("name", '"name" must not be empty'), FieldFault("imap.port", '"imap.port" is required')),
        advice="Look into the reference",
    )
    assert str(error) == (
        'POST /v1/account: Invalid input; "name" must not be empty; "imap.port" is required (400 InvalidInput). '
        "Look into the reference"
    )
    assert repr(error).startswith("InvalidRequest('POST /v1/account: Invalid")


def test_what_a_message_says_already_is_not_said_twice() -> None:
    fault = FieldFault("url", '"url" is refused')
    error = InvalidRequest('Sorry: "url" is refused', request="POST /v1/webhooks", status=400, fields=(fault,))
    assert str(error) == 'POST /v1/webhooks: Sorry: "url" is refused (400)'


@pytest.mark.parametrize(
    ("status", "ours", "foreign"),
    [
        (400, InvalidRequest, UnknownAnswer),
        (401, TokenRefused, UnknownAnswer),
        (403, Forbidden, UnknownAnswer),
        (404, NotFound, UnknownAnswer),
        (429, TooMany, TooMany),
        (502, MailServerFailed, Unavailable),
        (503, Unavailable, Unavailable),
        (504, MailServerFailed, Unavailable),
        (418, ApiError, UnknownAnswer),
    ],
)
def test_the_class_tells_the_status(status: int, ours: type[ApiError], foreign: type[ApiError]) -> None:
    assert error_class(status, is_ours=True) is ours
    assert error_class(status, is_ours=False) is foreign


def test_what_is_gone_says_where_to_go_on() -> None:
    assert Gone("Too old", request="GET /v1/events", details={"oldest": 7}).oldest == 7
    assert Gone("No body", request="GET /v1/outbox/x").oldest is None


def test_without_an_answer_there_is_no_status() -> None:
    error = Unreachable("No connection", request="GET /health", was_begun=False)
    assert (error.status, error.code, error.was_begun) == (None, "Unreachable", False)
    assert str(error) == "GET /health: No connection (Unreachable)"
