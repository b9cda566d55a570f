"""The application as a whole: routes are found, every error is an answer, and each call is counted by its pattern."""

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client import generate_latest
from starlette.types import Message

from postroom.api.app import build
from postroom.figures import Figures
from tests.api.asgi import ask, receiving, scope_of
from tests.api.conftest import TOKEN, Client

BEARER = {"authorization": f"Bearer {TOKEN}"}


def counted(figures: Figures) -> list[str]:
    """Return the lines of the figures that count calls."""
    lines = generate_latest(figures.registry()).decode().splitlines()
    return [line for line in lines if line.startswith("postroom_api_requests_total{")]


async def test_calls_are_counted_by_the_pattern_of_the_path(client: Client) -> None:
    api = replace(client.api, figures=Figures())
    app = build(api)
    assert (await ask(app, scope_of("GET", "/v1/account/nobody", headers=BEARER))).status == 404
    assert (await ask(app, scope_of("GET", "/v1/account/somebody", headers=BEARER))).status == 404
    assert (await ask(app, scope_of("GET", "/a/secret/path", headers=BEARER))).status == 404
    assert counted(api.figures) == [
        'postroom_api_requests_total{method="GET",route="/v1/account/{account}",status="404"} 2.0',
        'postroom_api_requests_total{method="GET",route="-",status="404"} 1.0',
    ]


async def test_a_path_is_read_as_it_was_sent(client: Client) -> None:
    await client.register("a/b")
    app, scope = build(client.api), scope_of("GET", "/v1/account/a/b", headers=BEARER)
    assert (await ask(app, scope)).status == 404
    answer = await ask(app, {**scope, "raw_path": b"/v1/account/a%2Fb?quota=false"})
    assert (answer.status, answer.json["account"]) == (200, "a/b")


async def test_the_access_log_finds_the_route_and_its_parameters(client: Client) -> None:
    scope = scope_of("GET", "/v1/account/ada", headers=BEARER)
    await ask(build(client.api), scope)
    assert (scope["route"], scope["path_params"]) == ("/v1/account/{account}", {"account": "ada"})


@pytest.mark.long
async def test_a_fault_of_ours_is_an_answer(client: Client) -> None:
    def broken() -> str | None:
        raise RuntimeError("sesame")

    vitals = replace(client.api.vitals, checks={"broken": broken})
    answer = await ask(build(replace(client.api, vitals=vitals)), scope_of("GET", "/health"))
    assert (answer.status, answer.json["code"]) == (500, "InternalError")
    assert b"sesame" not in answer.body


async def test_what_is_no_request_is_left_alone(client: Client) -> None:
    async def send(_: Message) -> None:
        raise AssertionError("nothing is sent")

    await build(client.api)({"type": "lifespan"}, receiving(), send)


async def test_the_reference_is_made_once_for_a_version(client: Client) -> None:
    first, second = build(replace(client.api, version="9.9.9")), build(replace(client.api, version="9.9.9"))
    documents = [await ask(app, scope_of("GET", "/openapi.json")) for app in (first, second, build(client.api))]
    assert [each.json["info"]["version"] for each in documents] == ["9.9.9", "9.9.9", "0.0.0"]
    assert documents[0].body == documents[1].body
