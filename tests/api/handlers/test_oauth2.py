"""OAuth2 applications over HTTP, and the accounts that name them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import IMAP, Client

GMAIL: dict[str, Any] = {"name": "Gmail", "provider": "gmail", "clientId": "id", "clientSecret": "s3cret"}
ACCOUNT: dict[str, Any] = {"account": "a", "name": "A"}


async def test_an_application_from_its_registration_to_its_end(either_client: Client) -> None:
    client = either_client
    assert (await client.post("/v1/oauth2", GMAIL)).body == {"id": "gmail", "created": True}
    oauth2 = {"provider": "gmail", "auth": {"user": "u@gmail.com"}}
    assert (await client.post("/v1/account", {**ACCOUNT, "oauth2": oauth2})).status == 200
    shown = await client.get("/v1/oauth2/gmail")
    assert "s3cret" not in shown.text
    assert {key: shown.body[key] for key in ("clientSecret", "enabled", "accounts", "provider")} == {
        "clientSecret": "******",
        "enabled": False,
        "accounts": 1,
        "provider": "gmail",
    }
    change = await client.put("/v1/oauth2/gmail", {"enabled": True, "title": "Sign in with Google"})
    assert change.body == {"id": "gmail", "updated": True}
    listed = (await client.get("/v1/oauth2")).body
    assert (listed["total"], listed["apps"][0]["title"], listed["apps"][0]["enabled"]) == (
        1,
        "Sign in with Google",
        True,
    )
    removed = await client.delete("/v1/oauth2/gmail")
    assert removed.body == {"id": "gmail", "deleted": True, "accounts": 1}
    for method in ("GET", "DELETE"):
        answer = await client.ask(method, "/v1/oauth2/gmail")
        assert (answer.status, answer.body["code"]) == (404, "AppNotFound")


async def test_what_an_application_lacks_is_named(client: Client) -> None:
    assert set(await client.problems("POST", "/v1/oauth2", {"name": "x", "provider": "gmail"})) == {
        "clientId",
        "clientSecret",
    }
    assert set(await client.problems("POST", "/v1/oauth2", {**GMAIL, "provider": "pigeon"})) == {"provider"}
    assert set(await client.problems("POST", "/v1/oauth2", {**GMAIL, "id": "a/b"})) == {"id"}
    await client.post("/v1/oauth2", {**GMAIL, "id": "one"})
    again = await client.post("/v1/oauth2", {**GMAIL, "id": "one"})
    assert (again.status, again.body["code"]) == (400, "AppAlreadyExists")
    assert set(await client.problems("PUT", "/v1/oauth2/one", {"clientSecret": "******"})) == {"clientSecret"}


async def test_a_discovery_url_must_not_lead_inside(client: Client) -> None:
    app = {"name": "x", "provider": "oidc", "clientId": "id", "imap": {"host": "imap.example.com", "port": 993}}
    for url in ("http://169.254.169.254/", "file:///etc/passwd"):
        assert set(await client.problems("POST", "/v1/oauth2", {**app, "discoveryUrl": url})) == {"discoveryUrl"}


async def test_secure_of_an_applications_servers_follows_the_port_unless_given(client: Client) -> None:
    servers: dict[str, dict[str, Any]] = {
        "imap": {"host": "imap.example.com", "port": 993},
        "smtp": {"host": "smtp.example.com", "port": 587, "secure": None},
    }
    app = {"id": "own", "name": "x", "provider": "oidc", "clientId": "id", "discoveryUrl": "https://example.com/"}
    assert (await client.post("/v1/oauth2", {**app, **servers})).status == 200
    shown = (await client.get("/v1/oauth2/own")).body
    assert (shown["imap"]["secure"], shown["smtp"]["secure"]) == (True, False)
    change = {"imap": {**servers["imap"], "secure": False}, "smtp": {**servers["smtp"], "secure": True}}
    assert (await client.put("/v1/oauth2/own", change)).status == 200
    shown = (await client.get("/v1/oauth2/own")).body
    assert (shown["imap"]["secure"], shown["smtp"]["secure"]) == (False, True)


@pytest.mark.parametrize(
    ("oauth2", "more", "status"),
    [
        ({"provider": "gmail"}, {}, 400),
        ({"provider": "unheard-of", "accessToken": "t"}, {}, 400),
        ({"provider": "gmail", "refreshToken": "r"}, {}, 400),
        ({"provider": "gmail", "accessToken": "t"}, {}, 200),
        ({"provider": "unheard-of", "accessToken": "t"}, {"imap": {**IMAP, "auth": False}}, 200),
        ({"provider": "gmail", "enabled": False}, {}, 200),
    ],
)
async def test_without_an_application_an_account_needs_a_token_and_a_known_server(
    client: Client, oauth2: dict[str, Any], more: dict[str, Any], status: int
) -> None:
    answer = await client.post("/v1/account", {**ACCOUNT, **more, "oauth2": {**oauth2, "auth": {"user": "u"}}})
    assert answer.status == status, answer.text
    if status == 400:
        assert answer.body["message"] == "Invalid or missing OAuth2 provider"
        assert [field["key"] for field in answer.body["fields"]] == ["oauth2.provider"]


async def test_an_account_keeps_working_in_the_api_when_its_application_is_gone(client: Client) -> None:
    await client.post("/v1/oauth2", GMAIL)
    await client.post("/v1/account", {**ACCOUNT, "oauth2": {"provider": "gmail", "auth": {"user": "u"}}})
    await client.delete("/v1/oauth2/gmail")
    assert (await client.put("/v1/account/a", {"name": "B"})).status == 200
    change = {"oauth2": {"partial": True, "refreshToken": "r"}}
    assert (await client.put("/v1/account/a", change)).body["message"] == "Invalid or missing OAuth2 provider"
