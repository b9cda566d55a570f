"""The access log: one line for each request that was answered, with nothing in it that could be a secret.

It names the route instead of the path (`/v1/tokens/{id}`, say, for a token may stand there), and no query. The accounts
and webhook endpoints a request is about are named: their ids are in every other line too.
"""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from postroom.api.pipeline.auth import client_address
from postroom.log import get_logger

log = get_logger("access")

# A client that went away before it was answered: nginx's number for that.
CLIENT_GONE = 499
_NO_ROUTE = "-"
_WEBHOOKS = "/v1/webhooks/{id}"


def logged(app: ASGIApp, trusted_proxies: tuple[str, ...]) -> ASGIApp:
    """Return the application with a line in the log for each request, written when its answer has ended."""

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
    """What was asked: `route` as an application noted it in the scope, and the ids in the path that may be shown."""
    route, ids = scope.get("route", _NO_ROUTE), scope.get("path_params", {})
    told: dict[str, str | None] = {"method": scope["method"], "route": route}
    if "account" in ids:
        told["account"] = ids["account"]
    if route.startswith(_WEBHOOKS):
        told["endpoint"] = ids.get("id")
    return told
