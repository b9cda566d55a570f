"""`POST /v1/authentication/form`: the link, every problem of a request, and what is missing."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from postroom.clock import iso, now_ms
from postroom.onboarding.consent.service import ConsentFailed
from postroom.onboarding.sign_in.service import LinkUsed
from tests.api.conftest import Client
from tests.api.handlers.test_tokens import issue

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


async def test_a_link_ends_with_the_time_of_the_token_that_made_it(client: Client) -> None:
    await client.post("/v1/settings", {"serviceUrl": "https://mail.example"})
    app = {"name": "Gmail", "provider": "gmail", "clientId": "c", "clientSecret": "s", "enabled": True}
    app_id = (await client.post("/v1/oauth2", app)).body["id"]
    end = now_ms() + 60_000
    short = await issue(client, expires=iso(end))
    form = parse_qs(urlsplit((await short.post(PATH, {"redirectUrl": BACK})).body["url"]).query)
    oauth2 = {"provider": app_id, "authorize": True, "redirectUrl": BACK}
    made = await short.post("/v1/account", {"account": "jo", "name": "Jo", "oauth2": oauth2})
    state = parse_qs(urlsplit(made.body["redirect"]).query)["state"][0]
    for now, is_open in ((end - 1000, True), (end, False)):
        sign_ins = replace(client.api.sign_ins, clock=partial(int, now))
        consents = replace(client.api.registrations.consents, clock=partial(int, now))
        for opened in (sign_ins.open(form["data"][0], form["sig"][0]), consents.start(state)):
            with nullcontext() if is_open else pytest.raises((LinkUsed, ConsentFailed)):
                await opened


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
