"""One request to the API as a value."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from postroom.accounts.lifecycle import State
from postroom.client.request import ApiRequest, QueryValue, Repeat, Unsendable, made, path

MOMENT = datetime(2026, 2, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))


def sent(body: object) -> object:
    request: ApiRequest[object] = made("POST", "/v1/x", body=body)
    assert request.body is not None
    return json.loads(request.body)


def test_values_of_a_path_are_encoded() -> None:
    assert path("/v1/account/{}/text/{}", "a/b c@x", "ü?#") == "/v1/account/a%2Fb%20c%40x/text/%C3%BC%3F%23"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_value_that_would_name_something_else_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in /v1/account/"):
        path("/v1/account/{}", value)


@pytest.mark.parametrize("text", ["\udcff", "a\ud800b"])
def test_a_text_that_is_not_unicode_is_refused_and_not_repeated(text: str) -> None:
    many: QueryValue = ["a", text]
    asks: list[Callable[[], object]] = [
        lambda: path("/v1/account/{}", text),
        lambda: made("GET", "/v1/x", query={"query": text}),
        lambda: made("GET", "/v1/x", query={"many": many}),
        lambda: sent({"pass": f"hidden{text}"}),
    ]
    for ask in asks:
        with pytest.raises(Unsendable, match="is not Unicode") as caught:
            ask()
        assert text not in str(caught.value)


@pytest.mark.parametrize("value", ["a\nb", "ä", " a", "a\x7f", ""])
def test_a_header_that_no_request_can_have_is_refused(value: str) -> None:
    with pytest.raises(Unsendable, match="Idempotency-Key must be ASCII"):
        made("POST", "/v1/x", headers={"Idempotency-Key": value})


def test_a_query_has_what_was_given_in_the_words_of_the_api() -> None:
    query = {"no": None, "yes": True, "off": False, "n": 3, "t": "a b", "s": State.CONNECTED, "m": MOMENT}
    request: ApiRequest[object] = made("GET", "/v1/x", query={**query, "many": ["a", "b"]})
    assert request.query == (
        ("yes", "true"),
        ("off", "false"),
        ("n", "3"),
        ("t", "a b"),
        ("s", "connected"),
        ("m", "2026-02-01T10:30:00.000Z"),
        ("many", "a"),
        ("many", "b"),
    )


def test_octets_and_times_become_text_in_a_body() -> None:
    assert sent({"raw": b"\x00\xff", "at": MOMENT, "deep": [{"content": bytearray(b"x")}]}) == {
        "raw": "AP8=",
        "at": "2026-02-01T10:30:00.000Z",
        "deep": [{"content": "eA=="}],
    }
    with pytest.raises(TypeError, match="a set cannot be sent"):
        sent({"a": {1}})


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        sent({"at": datetime(2026, 1, 1)})
    with pytest.raises(ValueError, match="time zone"):
        made("GET", "/v1/x", query={"since": datetime(2026, 1, 1)})
    assert sent({"at": datetime(2026, 1, 1, tzinfo=UTC)}) == {"at": "2026-01-01T00:00:00.000Z"}


def test_who_waits_for_a_mail_server_waits_longer_for_the_answer() -> None:
    request: ApiRequest[object] = made("GET", "/v1/x", patience=90)
    assert request.headers == (("X-EE-Timeout", "90000"),)
    assert request.timeout > 90


def test_only_a_post_is_not_repeated_by_itself() -> None:
    by_method = {method: made(method, "/v1/x").repeat for method in ("GET", "PUT", "DELETE", "POST")}
    assert by_method == {
        "GET": Repeat.ALWAYS,
        "PUT": Repeat.ALWAYS,
        "DELETE": Repeat.ALWAYS,
        "POST": Repeat.UNSTORED,
    }


def test_neither_body_nor_headers_are_shown() -> None:
    request: ApiRequest[object] = made("POST", "/v1/x", body={"pass": "geheim"}, headers={"K": "geheim"})
    assert "geheim" not in repr(request)
