"""One line for each request, with the route for the path, and no query."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.testing import capture_logs

from postroom.access.insiders import naming
from postroom.api.pipeline.access_log import CLIENT_GONE, logged
from tests.api.asgi import ask, scope_of


def answering(status: int, **told: Any) -> ASGIApp:
    """Return an application that answers so, and tells this of the request as the API does."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        scope.update(told)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    return application


async def line_of(app: ASGIApp, scope: Scope, trusted: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the one line that is written of a request, without the time it took, which is no less than nothing."""
    with capture_logs() as lines:
        await ask(logged(app, trusted), scope)
    (line,) = lines
    assert line.pop("ms") >= 0
    return dict(line)


async def test_a_line_names_route_status_and_client_and_never_the_query() -> None:
    app = answering(404, route="/v1/tokens/{id}", path_params={"id": "hidden-token"})
    line = await line_of(app, scope_of("GET", "/v1/tokens/hidden-token", query="access_token=hidden-token"))
    assert line == {
        "event": "request",
        "room": "access",
        "log_level": "info",
        "method": "GET",
        "route": "/v1/tokens/{id}",
        "status": 404,
        "client": "192.0.2.1",
    }


@pytest.mark.parametrize(
    ("route", "parameters", "named"),
    [
        ("/v1/account/{account}", {"account": "ada"}, {"account": "ada"}),
        ("/v1/webhooks/{id}", {"id": "wh_1"}, {"endpoint": "wh_1"}),
        ("/v1/webhooks/{id}/deliveries/{delivery}/replay", {"id": "wh_1", "delivery": "7"}, {"endpoint": "wh_1"}),
        ("/v1/tokens/{id}", {"id": "t1"}, {}),
        ("/v1/webhooks", {}, {}),
    ],
)
async def test_accounts_and_endpoints_are_named(route: str, parameters: dict[str, str], named: dict[str, str]) -> None:
    line = await line_of(answering(200, route=route, path_params=parameters), scope_of("GET", "/x"))
    assert {name: line[name] for name in ("account", "endpoint") if name in line} == named


async def test_a_path_without_a_route_is_not_repeated() -> None:
    line = await line_of(answering(404), scope_of("GET", "/hidden-token"))
    assert line["route"] == "-"
    assert "hidden-token" not in str(line)


async def test_the_client_is_the_one_behind_trusted_proxies() -> None:
    scope = scope_of("GET", "/health", peer="10.0.0.1", headers={"x-forwarded-for": "198.51.100.7"})
    assert (await line_of(answering(200), scope, ("10.0.0.0/8",)))["client"] == "198.51.100.7"
    assert (await line_of(answering(200), scope))["client"] == "10.0.0.1"
    assert (await line_of(answering(200), scope_of("GET", "/health", peer=None)))["client"] is None


async def test_a_client_that_left_before_it_was_answered_has_a_line_too() -> None:
    async def leaving(scope: Scope, receive: Receive, send: Send) -> None:
        raise ConnectionResetError

    with capture_logs() as lines, pytest.raises(ConnectionResetError):
        await ask(logged(leaving, ()), scope_of("POST", "/v1/account"))
    assert [(line["event"], line["status"]) for line in lines] == [("request", CLIENT_GONE)]


async def test_what_is_no_request_has_no_line() -> None:
    seen: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    with capture_logs() as lines:
        await ask(logged(application, ()), {"type": "lifespan"})
    assert (seen, lines) == (["lifespan"], [])


async def test_a_person_of_the_dashboard_is_named() -> None:
    line = await line_of(answering(200, route="/v1/nodes"), {**scope_of("GET", "/v1/nodes"), **naming("jo")})
    assert (line["dashboard"], line["route"]) == ("jo", "/v1/nodes")
