"""`POST /v1/authentication/form`: the link, every problem of a request, and what is missing."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from tests.api.conftest import Client

PATH = "/v1/authentication/form"
BACK = "https://app.example/done"


async def test_the_form_of_the_link(client: Client) -> None:
    await client.post("/v1/settings", {"serviceUrl": "https://mail.example"})
    body = {
        "account": None,
        "name": "Jo",
        "email": "jo@example.com",
        "expectedEmail": "jo@example.com",
        "delegated": False,
        "notifyFrom": "2026-01-01T00:00:00Z",
        "syncFrom": None,
        "subconnections": ["\\Sent"],
        "path": "*",
        "redirectUrl": BACK,
        "type": "imap",
    }
    url = urlsplit((await client.post(PATH, body)).body["url"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://mail.example/accounts/new"
    query = parse_qs(url.query)
    assert set(query) == {"data", "sig", "type"}
    assert query["type"] == ["imap"]
    plain = urlsplit((await client.post(PATH, {"redirectUrl": BACK, "type": False})).body["url"])
    assert set(parse_qs(plain.query)) == {"data", "sig"}


async def test_every_problem_is_named_at_once(client: Client) -> None:
    found = await client.problems(
        "POST",
        PATH,
        {
            "redirectUrl": "javascript:alert(1)",
            "account": "",
            "email": "nobody",
            "expectedEmail": "nobody",
            "notifyFrom": "yesterday",
            "path": ["x"] * 51,
            "type": 5,
            "nonsense": 1,
        },
    )
    assert set(found) == {
        "redirectUrl",
        "account",
        "email",
        "expectedEmail",
        "notifyFrom",
        "path",
        "type",
        "nonsense",
    }
    assert "http" in found["redirectUrl"]
    assert set(await client.problems("POST", PATH, {})) == {"redirectUrl"}
    assert set(await client.problems("POST", PATH, {"redirectUrl": None})) == {"redirectUrl"}
    assert set(await client.problems("POST", PATH, {"redirectUrl": BACK, "delegated": True})) == {"email"}


async def test_without_the_service_url_the_answer_says_what_to_set(client: Client) -> None:
    answer = await client.post(PATH, {"redirectUrl": BACK})
    assert (answer.status, answer.body["code"]) == (400, "MissingServiceURLSetup")
    assert "Set serviceUrl with POST /v1/settings, or POSTROOM_SERVICE_URL" in answer.body["error"]
