"""Writes the access log: one line for each answered request, without anything that could be a secret.

A line has no query, and the route instead of the path, because a path such as `/v1/token/{token}` may hold a token.
It does name the account or webhook endpoint: other log lines have their ids too. A call that a person made from the
dashboard names the person in `dashboard`.
"""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from postroom.access.insiders import insider_in
from postroom.api.pipeline.auth import client_address
from postroom.log import get_logger

log = get_logger("access")

# The status for a client that left before the answer, as in nginx.
CLIENT_GONE = 499
_NO_ROUTE = "-"
_WEBHOOKS = "/v1/webhooks/{id}"


def logged(app: ASGIApp, trusted_proxies: tuple[str, ...]) -> ASGIApp:
    """Return the application with an access log. Each line is written when the answer has ended."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        began = time.perf_counter()
        status = CLIENT_GONE

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, noting)
        finally:
            took = round((time.perf_counter() - began) * 1000, 1)
            address = client_address(Request(scope), trusted_proxies)
            log.info("request", **_subject(scope), status=status, ms=took, client=address)

    return application


def _subject(scope: Scope) -> dict[str, str | None]:
    """Return method, route and those ids of the path that may be logged. The application sets `route` in the scope."""
    route, ids = scope.get("route", _NO_ROUTE), scope.get("path_params", {})
    told: dict[str, str | None] = {"method": scope["method"], "route": route}
    if "account" in ids:
        told["account"] = ids["account"]
    if route.startswith(_WEBHOOKS):
        told["endpoint"] = ids.get("id")
    insider = insider_in(scope)
    if insider is not None:
        told["dashboard"] = insider.name
    return told
