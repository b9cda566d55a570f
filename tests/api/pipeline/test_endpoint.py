"""The steps before a handler: who asks, may they, what was sent, is it valid; the handler sees valid values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest
from starlette.responses import Response

from postroom.access.brake import Brake, TooManyWrongTokens
from postroom.access.service import NewToken
from postroom.access.tokens import AccessDenied, Needs, TokenRefused
from postroom.api.pipeline.endpoint import ANYBODY, endpoint
from postroom.api.pipeline.errors import InvalidRequest, MalformedRequest
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call, Route
from postroom.schemas.requests.accounts import AccountChange, NewAccount
from postroom.schemas.requests.commands import Reconnect
from postroom.schemas.requests.events import EventsQuery
from postroom.schemas.requests.queries import PageQuery
from postroom.schemas.requests.webhooks import NewEndpoint
from tests.api.asgi import request
from tests.api.conftest import TOKEN, Client

READ = Needs("api", "account", "read")
BEARER = {"authorization": f"Bearer {TOKEN}"}


@dataclass
class Seen:
    """A handler that keeps the calls it gets."""

    calls: list[Call] = field(default_factory=list)

    async def __call__(self, api: Api, call: Call) -> Response:
        self.calls.append(call)
        return answer({"success": True})

    @property
    def call(self) -> Call:
        """The one call it got."""
        (call,) = self.calls
        return call


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def route(seen: Seen) -> Callable[..., Route]:
    """`route(body=NewAccount)`: a route that the handler serves, without needs unless given."""

    def make(needs: Needs | None = None, **more: Any) -> Route:
        return Route("tryIt", "POST", "/v1/try", seen, needs, "Try it", "Tests", **more)

    return make


async def told(api: Api, route: Route, body: Any = None, *, query: str = "", **path: str) -> dict[str, str]:
    """Send what must be refused as invalid; return the messages by field."""
    sent = b"" if body is None else orjson.dumps(body)
    with pytest.raises(InvalidRequest) as refused:
        await endpoint(api, route)(request("/v1/try", sent, query=query, headers=BEARER), path)
    problems = refused.value.fields
    assert len({problem.key for problem in problems}) == len(problems)
    return {problem.key: problem.message for problem in problems}


async def test_what_needs_no_token_looks_at_none(client: Client, route: Callable[..., Route], seen: Seen) -> None:
    await endpoint(client.api, route())(request("/v1/try", headers={"authorization": "Basic nonsense"}), {})
    assert (seen.call.caller, seen.call.address, seen.call.body) == (ANYBODY, "192.0.2.1", {})


async def test_a_token_is_demanded_before_the_body_is_read(
    client: Client, route: Callable[..., Route], seen: Seen
) -> None:
    serve = endpoint(client.api, route(READ, body=NewAccount))
    with pytest.raises(TokenRefused):
        await serve(request("/v1/try", b"{not json"), {})
    with pytest.raises(MalformedRequest):
        await serve(request("/v1/try", b"{not json", headers=BEARER), {})
    assert seen.calls == []


async def test_only_wrong_tokens_are_held_against_an_address(client: Client, route: Callable[..., Route]) -> None:
    serve = endpoint(replace(client.api, brake=Brake(1)), route(READ))
    for _ in range(3):
        with pytest.raises(TokenRefused) as missing:
            await serve(request("/v1/try"), {})
        assert missing.value.code == "MissingToken"
    wrong = {"authorization": f"Bearer {'0' * 64}"}
    with pytest.raises(TokenRefused):
        await serve(request("/v1/try", headers=wrong), {})
    with pytest.raises(TooManyWrongTokens):
        await serve(request("/v1/try", headers=wrong), {})
    assert (await serve(request("/v1/try", headers=BEARER), {})).status_code == 200


async def test_names_that_a_route_does_not_use_are_taken_out_and_named(
    client: Client, route: Callable[..., Route], seen: Seen
) -> None:
    lenient = route(query=PageQuery, body=Reconnect, is_unused=lambda name: name.startswith("old"))
    sent = request("/v1/try", b'{"reconnect": true, "oldest": 1}', query="page=2&pageSize=&older=x")
    await endpoint(client.api, lenient)(sent, {})
    assert (seen.call.query, seen.call.body) == (PageQuery(page=2), {"reconnect": True})
    assert seen.call.ignored == ("older", "oldest")
    assert set(await told(client.api, lenient, {"new": {"oldest": 1}}, query="old=1&newer=1")) == {"new", "newer"}


async def bound(client: Client, account: str) -> dict[str, str]:
    """Return the header with a token that is bound to an account."""
    await client.register(account)
    issued = await client.api.tokens.issue(NewToken("for one", account=account))
    return {"authorization": f"Bearer {issued.secret}"}


async def test_a_bound_token_reaches_its_account_in_the_path(
    client: Client, route: Callable[..., Route], seen: Seen
) -> None:
    serve, ada = endpoint(client.api, route(READ)), await bound(client, "ada")
    await serve(request("/v1/try", headers=ada), {"account": "ada"})
    for path in ({"account": "bob"}, {}):
        with pytest.raises(AccessDenied):
            await serve(request("/v1/try", headers=ada), path)
    assert seen.call.account == "ada"


@pytest.mark.parametrize(
    ("implied", "query", "is_served"),
    [
        (True, "", True),
        (True, "account=ada", True),
        (True, "account=bob", False),
        (False, "", False),
        (False, "account=ada", True),
    ],
)
async def test_a_bound_token_reaches_its_account_in_the_query(
    client: Client, route: Callable[..., Route], seen: Seen, implied: bool, query: str, is_served: bool
) -> None:
    serve = endpoint(client.api, route(READ, query=EventsQuery, account_query="account", account_implied=implied))
    asked = request("/v1/try", query=query, headers=await bound(client, "ada"))
    if is_served:
        await serve(asked, {})
    else:
        with pytest.raises(AccessDenied):
            await serve(asked, {})
    assert len(seen.calls) == is_served


async def test_the_handler_gets_values_as_validation_makes_them(
    client: Client, route: Callable[..., Route], seen: Seen
) -> None:
    body = orjson.dumps({"account": " ada ", "name": "Ada", "imap": {"port": "993"}})
    asked = request("/v1/try", body, query="pageSize=5&access_token=unused")
    await endpoint(client.api, route(query=PageQuery, body=NewAccount))(asked, {"account": " ada ", "id": " 7 "})
    assert seen.call.path == {"account": "ada", "id": " 7 "}
    assert seen.call.query == PageQuery(pageSize=5)
    assert seen.call.body == {"account": "ada", "name": "Ada", "imap": {"port": 993}}


async def test_parameters_that_may_be_repeated_are_lists(
    client: Client, route: Callable[..., Route], seen: Seen
) -> None:
    asked = request("/v1/try", query="type=messageNew&type=messageDeleted")
    await endpoint(client.api, route(query=EventsQuery, repeated=("type",)))(asked, {})
    assert seen.call.query.type == ["messageNew", "messageDeleted"]


async def test_a_body_may_be_left_out_where_the_route_says_so(
    client: Client, route: Callable[..., Route], seen: Seen
) -> None:
    await endpoint(client.api, route(body=Reconnect, body_optional=True))(request("/v1/try"), {})
    assert seen.call.body == {}
    with pytest.raises(MalformedRequest):
        await endpoint(client.api, route(body=Reconnect))(request("/v1/try"), {})


async def test_path_query_and_body_are_told_in_one_answer(
    client: Client, route: Callable[..., Route], seen: Seen
) -> None:
    wrong = route(query=PageQuery, body=Reconnect)
    assert await told(client.api, wrong, {"reconnect": "now"}, query="pagesize=5", account="..", id="a\0") == {
        "account": '"account" must not be `.` or `..`: no URL can name it',
        "id": '"id" must not hold a NUL character',
        "pagesize": '"pagesize" is not allowed: did you mean `pageSize`?',
        "reconnect": '"reconnect" must be true or false',
    }
    assert seen.calls == []


async def test_a_body_that_is_no_object_is_told_as_a_whole(client: Client, route: Callable[..., Route]) -> None:
    assert await told(client.api, route(body=Reconnect), [1]) == {"body": '"body" must be an object'}


async def test_what_several_fields_break_is_told_beside_the_form(client: Client, route: Callable[..., Route]) -> None:
    body = {"account": "a", "name": "", "imap": {"host": "imap.example.com", "port": 993}}
    assert await told(client.api, route(body=NewAccount), body) == {
        "name": '"name" must not be empty',
        "imap.auth": '"imap.auth" is required',
    }


async def test_a_field_that_was_told_is_not_told_again_by_what_is_in_it(
    client: Client, route: Callable[..., Route]
) -> None:
    await client.register("a")
    body = {"imap": "mail", "name": ""}
    assert await told(client.api, route(body=AccountChange), body, account="a") == {
        "imap": '"imap" must be an object',
        "name": '"name" must not be empty',
    }


@pytest.mark.parametrize("private", [True, False])
async def test_the_operator_decides_which_addresses_webhooks_may_have(
    client: Client, route: Callable[..., Route], private: bool
) -> None:
    settings = client.api.settings.model_copy(update={"webhook_private_addresses": private})
    api, body = replace(client.api, settings=settings), {"url": "http://10.0.0.1/"}
    if private:
        sent = request("/v1/try", orjson.dumps(body))
        assert (await endpoint(api, route(body=NewEndpoint))(sent, {})).status_code == 200
    else:
        assert "is not a public address" in (await told(api, route(body=NewEndpoint), body))["url"]


async def test_the_operator_decides_which_addresses_mail_servers_may_have(
    client: Client, route: Callable[..., Route]
) -> None:
    api = replace(client.api, settings=client.api.settings.model_copy(update={"host_policy": "public"}))
    body = {"account": "a", "name": "A", "imap": {"host": "10.0.0.1", "port": 993, "auth": {"user": "u", "pass": "p"}}}
    assert list(await told(api, route(body=NewAccount), body)) == ["imap.host"]


async def test_a_query_that_came_before_means_the_same_again(
    client: Client, route: Callable[..., Route], seen: Seen
) -> None:
    serve = endpoint(client.api, route(query=PageQuery))
    for query in ("pageSize=7", "", "pageSize=7&page=1", "", "pageSize=7"):
        await serve(request("/v1/try", query=query), {})
    assert [(call.query.page_size, call.query.page) for call in seen.calls] == [
        (7, 0),
        (20, 0),
        (7, 1),
        (20, 0),
        (7, 0),
    ]
    for _ in range(2):
        with pytest.raises(InvalidRequest):
            await serve(request("/v1/try", query="pageSize=0"), {})


async def test_not_every_query_is_kept(client: Client, route: Callable[..., Route], seen: Seen) -> None:
    serve = endpoint(client.api, route(query=PageQuery))
    wanted = [f"page={number}" for number in range(200)]
    for query in (*wanted, *reversed(wanted)):
        await serve(request("/v1/try", query=query), {})
    assert [call.query.page for call in seen.calls] == [*range(200), *reversed(range(200))]


async def test_names_that_only_a_body_leaves_out_are_no_part_of_a_query_that_came_before(
    client: Client, route: Callable[..., Route], seen: Seen
) -> None:
    serve = endpoint(client.api, route(query=PageQuery, body=Reconnect, is_unused=lambda name: name == "page"))
    await serve(request("/v1/try", b'{"reconnect":true}', query="page=5"), {})
    assert (seen.call.query.page, seen.call.ignored) == (0, ("page",))
