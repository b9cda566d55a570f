"""The route table: nothing is open by accident, and every route declares what it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from postroom.access.tokens import ACTIONS, ADMIN, GROUPS
from postroom.api.pipeline.route import Route
from postroom.api.routes.table import ROUTES, UNLISTED
from tests.api.conftest import Client

OPEN = {
    ("GET", "/health"),
    ("GET", "/health/live"),
    ("GET", "/openapi.json"),
    ("GET", "/swagger.json"),
    ("GET", "/docs"),
}
_IDS = [f"{route.method} {route.path}" for route in ROUTES]


def concrete(route: Route) -> str:
    """Return a path of the route with values for its parameters."""
    return re.sub(r"\{\w+\}", "0" * 64, route.path)


def test_only_health_and_the_reference_are_declared_open() -> None:
    assert {(route.method, route.path) for route in ROUTES if route.needs is None} == OPEN


def test_every_path_and_method_is_there_once() -> None:
    every = (*ROUTES, *UNLISTED)
    assert len({(route.method, route.path) for route in every}) == len(every)


def test_what_is_not_listed_is_only_what_browsers_load() -> None:
    assert {(route.method, route.path) for route in UNLISTED} == {
        ("GET", "/"),
        ("GET", "/docs/reference.css"),
        ("GET", "/docs/reference.js"),
        ("GET", "/docs/icon.svg"),
    }


@pytest.mark.parametrize("route", ROUTES, ids=_IDS)
def test_what_a_route_needs_makes_sense(route: Route) -> None:
    if route.needs is None:
        return
    assert route.needs.scope == ("metrics" if route.path == "/metrics" else "api")
    assert route.needs.group in (*GROUPS, ADMIN)
    assert route.needs.action in ACTIONS
    if route.method == "GET":
        assert route.needs.action == "read"
    if route.method == "DELETE":
        assert route.needs.action == "destructive"


async def test_without_a_token_only_the_open_routes_answer(client: Client) -> None:
    """Asked over HTTP, because a declaration that nobody heeds protects nothing."""
    stranger = client.as_(None)
    for route in ROUTES:
        for path in (concrete(route), concrete(route) + "/"):
            answer = await stranger.ask(route.method, path, {} if route.body is not None else None)
            if (route.method, route.path) in OPEN:
                assert answer.status == 200, route.path
            else:
                assert answer.status == 401, route.path
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert answer.body["statusCode"] == 401


async def test_a_wrong_token_is_refused_before_anything_else_is_looked_at(with_settings: Callable[..., Any]) -> None:
    async with with_settings(wrong_token_limit=10 * len(ROUTES)) as client:
        for route in ROUTES:
            if route.needs is None:
                continue
            broken: dict[str, Any] = {"data": b"{not json"} if route.body is not None else {}
            answer = await client.as_("0" * 64).ask(route.method, concrete(route) + "?nonsense=1", **broken)
            assert (answer.status, answer.body["code"]) == (401, "UnknownToken"), route.path
