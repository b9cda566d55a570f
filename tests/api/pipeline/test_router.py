"""Finding the route of a path, whatever the account is called."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from postroom.api.pipeline.errors import MalformedRequest, MethodNotAllowed, UnknownPage
from postroom.api.pipeline.router import Router
from tests.api.conftest import Client

AWKWARD = [
    "user@example.com",
    "a/b",
    "x/reconnect",
    "50%",
    "100%25",
    "a+b@example.com",
    "with space inside",
    "Jõgeva ööbik 日本語 🐎",
    "?query=1#fragment",
    "\\..\\..",
    '"quoted" & <tag>',
    "semi;colon=1",
    "e\u0301",
    "v" * 256,
    "%2F",
    "reconnect",
    "..x",
]


@pytest.fixture
def router() -> Router[str]:
    made: Router[str] = Router()
    for method, path in (
        ("POST", "/v1/account"),
        ("GET", "/v1/account/{account}"),
        ("PUT", "/v1/account/{account}"),
        ("PUT", "/v1/account/{account}/reconnect"),
        ("GET", "/v1/tokens/{id}/log"),
        ("GET", "/v1/tokens/account/{account}"),
    ):
        made.add(method, path, f"{method} {path}")
    return made


@pytest.mark.parametrize(
    ("method", "path", "found", "parameters"),
    [
        ("POST", "/v1/account", "POST /v1/account", {}),
        ("POST", "/v1/account/", "POST /v1/account", {}),
        ("GET", "/v1/account/a", "GET /v1/account/{account}", {"account": "a"}),
        ("HEAD", "/v1/account/a", "GET /v1/account/{account}", {"account": "a"}),
        ("GET", "/v1/account/a%2Fb/", "GET /v1/account/{account}", {"account": "a/b"}),
        ("PUT", "/v1/account/a%2Freconnect", "PUT /v1/account/{account}", {"account": "a/reconnect"}),
        ("PUT", "/v1/account/a%2Fb/reconnect", "PUT /v1/account/{account}/reconnect", {"account": "a/b"}),
        ("PUT", "/v1/account/reconnect", "PUT /v1/account/{account}", {"account": "reconnect"}),
        ("GET", "/v1/account/a+b", "GET /v1/account/{account}", {"account": "a+b"}),
        ("GET", "/v1/tokens/account/log", "GET /v1/tokens/account/{account}", {"account": "log"}),
    ],
)  # fmt: skip
def test_found(router: Router[str], method: str, path: str, found: str, parameters: dict[str, str]) -> None:
    assert router.find(method, path) == (found, parameters)


@pytest.mark.parametrize("path", ["/", "", "/v1", "/v1/accounts", "/v1/account/a/b", "//v1/account", "/V1/account"])
def test_unknown(router: Router[str], path: str) -> None:
    with pytest.raises(UnknownPage):
        router.find("GET", path)


def test_a_wrong_method_is_told_the_right_ones(router: Router[str]) -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        router.find("DELETE", "/v1/account/a")
    assert caught.value.allowed == ["GET", "PUT", "HEAD"]


def test_what_is_not_utf8_is_refused(router: Router[str]) -> None:
    with pytest.raises(MalformedRequest):
        router.find("GET", "/v1/account/%ff")


async def test_an_account_may_be_called_anything(client: Client) -> None:
    for account in AWKWARD:
        await live_under(client, account)


async def live_under(client: Client, account: str) -> None:
    """Take an account through its life under this id."""
    assert (await client.register(account)).body["account"] == account
    path = "/v1/account/" + quote(account, safe="")
    assert (await client.get(path)).body["account"] == account
    assert (await client.get(path + "/")).body["account"] == account
    assert (await client.put(path, {"name": "New"})).body["account"] == account
    assert (await client.put(path + "/reconnect")).body["account"] == account
    assert (await client.get(path + "/timeline")).body["account"] == account
    listed = (await client.get("/v1/accounts")).body["accounts"]
    assert [item["account"] for item in listed] == [account]
    assert (await client.delete(path)).body["account"] == account
    assert (await client.get(path)).status == 404


async def test_ids_are_trimmed_in_the_path_as_in_the_body(client: Client) -> None:
    assert (await client.register("  a  ")).body["account"] == "a"
    assert (await client.get("/v1/account/%20a%20")).body["account"] == "a"


async def test_an_id_that_cannot_be_is_named_as_the_problem(client: Client) -> None:
    for account in ("v" * 257, "%20", "a%00b"):
        for method, path, body in (
            ("GET", f"/v1/account/{account}", None),
            ("PUT", f"/v1/account/{account}", {}),
            ("PUT", f"/v1/account/{account}/reconnect", None),
            ("DELETE", f"/v1/account/{account}", None),
        ):
            assert set(await client.problems(method, path, body)) == {"account"}, account


async def test_a_path_that_is_not_utf8_is_a_bad_request(client: Client) -> None:
    answer = await client.get("/v1/account/%ff")
    assert (answer.status, answer.body["code"]) == (400, "MalformedRequest")


async def test_account_ids_are_told_apart_to_the_last_code_point(client: Client) -> None:
    composed, decomposed = "\u00e9", "e\u0301"
    await client.register(composed)
    assert (await client.get("/v1/account/" + quote(decomposed))).status == 404
    assert (await client.register("User")).status == 200
    assert (await client.register("user")).status == 200
