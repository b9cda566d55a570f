"""From status, headers and octets to a value or an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from postroom.client.errors import ApiError, FieldFault, InvalidRequest, NotFound, TooMany, Unavailable, UnknownAnswer
from postroom.client.reading import error_of, value_of
from postroom.client.request import AnswerKind, ApiRequest, Versioned, made
from postroom.words.strangers import Secrets

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
TOKEN = "a-token-that-nobody-may-see"


def asked(kind: AnswerKind) -> ApiRequest[object]:
    return made("GET", "/v1/x", kind=kind)


def error(status: int, body: object, headers: Mapping[str, str] | None = None) -> ApiError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_of("GET /v1/x", status, headers or {}, content, Secrets.of(TOKEN), NOW)


def test_an_answer_is_read_as_what_was_asked_for() -> None:
    assert value_of(asked(AnswerKind.JSON), {}, b'{"a": 1}') == {"a": 1}
    assert value_of(asked(AnswerKind.VERSIONED), {"etag": '"7"'}, b'{"a": 1}') == Versioned({"a": 1}, '"7"')
    assert value_of(asked(AnswerKind.TEXT), {}, "Grüße".encode()) == "Grüße"
    assert value_of(asked(AnswerKind.OCTETS), {}, b"\x00\xff") == b"\x00\xff"


@pytest.mark.parametrize("content", [b"", b"<html>", b"[1]", b'"a"', b"{", b"[" * 100_000])
def test_what_is_not_postroom_is_noticed(content: bytes) -> None:
    with pytest.raises(UnknownAnswer, match="address of Postroom"):
        value_of(asked(AnswerKind.JSON), {}, content)


def test_an_error_has_all_that_postroom_said() -> None:
    body = {
        "message": "Invalid input",
        "code": "InvalidInput",
        "fields": [{"message": '"a" is wrong', "key": "a", "path": "a"}, "nonsense"],
        "advice": "Ask the operator",
        "more": 1,
    }
    found = error(400, body)
    assert isinstance(found, InvalidRequest)
    assert (found.message, found.code, found.advice) == ("Invalid input", "InvalidInput", "Ask the operator")
    assert found.fields == (FieldFault("a", '"a" is wrong'),)
    assert found.details["more"] == 1


def test_the_token_and_controls_never_come_back_in_an_error() -> None:
    found = error(404, {"message": f"no {TOKEN} here", "code": TOKEN, "advice": f"\x1b[31mkeep {TOKEN}"})
    assert isinstance(found, NotFound)
    assert TOKEN not in str(found) + repr(found) + found.code + found.message + found.advice
    assert "\x1b" not in str(error(404, {"message": "\x1b[31mred\r\nline", "code": "X"}))


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"null", b'{"message": "no code"}'])
def test_a_proxy_is_told_from_postroom(body: bytes) -> None:
    assert isinstance(error(503, body), Unavailable)
    found = error(404, body)
    assert isinstance(found, UnknownAnswer)
    assert "proxy" in str(found)


def test_a_redirect_is_not_followed_but_told() -> None:
    found = error(301, b"", {"location": "https://elsewhere.test/"})
    assert isinstance(found, UnknownAnswer)
    assert "another address" in str(found)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5.0),
        (" 0.5 ", 0.5),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("", None),
        ("٣", None),
        ("9" * 400, 86_400.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)
def test_how_long_to_wait_is_read(header: str, seconds: float | None) -> None:
    found = error(429, {"message": "Slow down", "code": "RateLimitExceeded"}, {"retry-after": header})
    assert isinstance(found, TooMany)
    assert found.retry_after == seconds
