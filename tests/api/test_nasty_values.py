"""No value of any field is an internal error where settings are tried: it is taken, or a 400 names the field."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import pytest

from postroom.schemas.checking.known_fields import known_fields
from postroom.schemas.protocols import Auth, Tls
from postroom.schemas.requests.accounts import NewAccount
from postroom.schemas.requests.verification import Verify
from tests.api.conftest import Client
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.smtp_server import FakeSmtpServer

pytestmark = pytest.mark.long

NASTY: tuple[Any, ...] = (
    *(None, True, False, 0, -1, "", " ", "x\r\nA1 NOOP", "x\0y", "\x1b[31m", "\u202e", "é", "［", "\ud800"),
    *("x" * 300, "x" * 17000, "a b", "%00", "[", "//", "http://[", "http://u:%00@127.0.0.1:1/", "socks5://ü:ü@h:1/"),
    *([], [None], {}, {"x": 1}),
)
OAUTH2 = {"provider": "oidc", "accessToken": "t", "auth": {"user": "u"}}


@pytest.fixture
async def servers() -> AsyncIterator[dict[str, Any]]:
    async with FakeImapServer(capabilities=("IMAP4rev1", "AUTH=PLAIN")) as imap, FakeSmtpServer() as smtp:
        auth = {"user": "u", "pass": "pass"}
        yield {
            name: {"host": "127.0.0.1", "port": server.port, "secure": False, "auth": auth}
            for name, server in (("imap", imap), ("smtp", smtp))
        }


def places(kind: Any) -> list[tuple[str, ...]]:
    """The path of every field of a body, at any depth."""
    found: list[tuple[str, ...]] = []
    for name, inside in known_fields(kind).items():
        found += [(name,), *((name, each) for each in inside)]
    for block in ("imap", "smtp"):
        found += [(block, "auth", each) for each in Auth.__annotations__]
        found += [(block, "tls", each) for each in Tls.__annotations__]
    return found + [("oauth2", "auth", each) for each in ("user", "delegatedUser", "delegatedAccount")]


def with_value(body: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    changed = deepcopy(body)
    if path[0] == "oauth2":
        changed = {**changed, "oauth2": deepcopy(OAUTH2)}
        del changed["imap"]["auth"]
    holder = changed
    for name in path[:-1]:
        holder = holder.setdefault(name, {})
    holder[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("path", "kind", "more"),
    [
        ("/v1/verifyAccount", Verify, {}),
        ("/v1/diagnosis", Verify, {}),
        ("/v1/account?verify=true", NewAccount, {"account": None, "name": "n"}),
    ],
)
async def test_no_value_is_an_internal_error(
    client: Client, servers: dict[str, Any], path: str, kind: Any, more: dict[str, Any]
) -> None:
    fields = places(kind)
    assert {("imap", "auth", "pass"), ("smtp", "tls", "minVersion"), ("proxy",)} <= set(fields)
    if kind is not Verify:
        # What they have in common is read by the same types.
        fields = [field for field in fields if field not in places(Verify) or field[1:2] == ("auth",)]
    for field in fields:
        for value in NASTY:
            body = json.dumps({**with_value(servers, field, value), **({} if field[0] in more else more)})
            answer = await client.post(path, data=body, headers={"content-type": "application/json"})
            assert answer.status in (200, 400, 404, 409, 413), (field, value, answer.text)


@pytest.mark.parametrize("path", ["/v1/verifyAccount", "/v1/diagnosis", "/v1/account?verify=true"])
async def test_no_token_is_no_token_and_two_secrets_are_refused(
    client: Client, servers: dict[str, Any], path: str
) -> None:
    head = {"account": "a", "name": "n"} if path.startswith("/v1/account") else {}
    imap = servers["imap"]
    body = {**head, "imap": {**imap, "auth": {**imap["auth"], "accessToken": False}}}
    answer = await client.post(path, body)
    assert (answer.status, answer.body.get("success", True)) == (200, True)
    body = {**head, "imap": {**imap, "auth": {**imap["auth"], "accessToken": "t"}}}
    assert list(await client.problems("POST", path, body)) == ["imap.auth.accessToken"]


async def test_a_stored_account_is_not_given_two_secrets_and_may_lose_its_token(
    client: Client, servers: dict[str, Any]
) -> None:
    await client.register("a", imap=servers["imap"])
    both = {"imap": {"auth": {"pass": "x", "accessToken": "y"}}}
    assert list(await client.problems("PUT", "/v1/account/a", both)) == ["imap.auth.accessToken"]
    assert (await client.put("/v1/account/a", {"imap": {"auth": {"accessToken": "y"}}})).status == 200
    one = {"imap": {"auth": {"pass": "pass", "accessToken": False}}}
    assert (await client.put("/v1/account/a?verify=true", one)).status == 200


async def test_a_name_for_ehlo_is_ascii(client: Client, servers: dict[str, Any]) -> None:
    for name in ("exämple.com", "［127.0.0.1］"):
        problems = await client.problems("POST", "/v1/verifyAccount", {**servers, "smtpEhloName": name})
        assert "xn--" in problems["smtpEhloName"]
