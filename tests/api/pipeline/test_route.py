"""What a route says without saying it, and what a handler is given."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from postroom.access.tokens import Token
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call, Route
from postroom.schemas.requests.queries import NoQuery
from tests.api.asgi import request

CALLER = Token(id="t1", description="a caller", scopes=("*",), created_at=0)


def test_a_route_takes_nothing_and_answers_json_unless_it_says_otherwise() -> None:
    async def handler(_: Api, __: Call) -> object:
        return answer({})

    made = Route("tryIt", "GET", "/v1/try", handler, None, "Try it", "Tests")  # type: ignore[arg-type]
    assert (made.query, made.body, made.body_optional, made.repeated) == (NoQuery, None, False, ())
    assert (made.account_query, made.account_implied, made.deprecated) == (None, False, False)
    assert made.media_type == "application/json"


def test_a_call_knows_the_account_of_its_path_and_is_not_changed() -> None:
    call = Call(request("/v1/account/ada"), CALLER, None, {"account": "ada"}, NoQuery(), {})
    assert call.account == "ada"
    with pytest.raises(AttributeError):
        call.caller = CALLER  # type: ignore[misc]


def test_a_call_without_an_account_in_its_path_says_so() -> None:
    with pytest.raises(KeyError):
        _ = Call(request("/health"), CALLER, None, {}, NoQuery(), {}).account


def test_services_are_named_and_only_clock_and_reference_have_a_default() -> None:
    assert all(each.kw_only for each in fields(Api))
    assert [each.name for each in fields(Api) if each.default is not MISSING] == ["clock", "reference"]
