"""The ASGI application of the dashboard: finds the page of a request, admits the visitor, serves static files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from postroom.web import protection
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.files import KINDS, STATIC, static_file
from postroom.web.dashboard.guard import visitor_of
from postroom.web.dashboard.routes import PAGES

__all__ = ["PATHS", "build"]

PATHS: Final = ("/", "/dashboard")
"""The paths of the dashboard; everything below the second belongs to it too."""

SIGN_IN: Final = "/dashboard/sign-in"
_LASTING: Final = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
_FILE: Final = re.compile(rf"{STATIC}/([a-z0-9.-]+\.(css|js|svg|txt|woff2))")


def build(desk: Desk) -> ASGIApp:
    """Return the application that serves the dashboard."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            response = await _serve(desk, request)
            await response(scope, receive, send)

    return application


async def _serve(desk: Desk, request: Request) -> Response:
    file = _FILE.fullmatch(request.url.path)
    if file is not None:
        return Response(static_file(file[1]), headers=_LASTING, media_type=KINDS[file[2]])
    found = _find(request.method, request.url.path)
    if found is None:
        return Response("There is no such page.", 404, headers=protection.headers(), media_type="text/plain")
    page, path = found
    request.scope["route"] = page.path
    visitor = await visitor_of(desk, request)
    if visitor is None:
        return RedirectResponse(f"{SIGN_IN}?to={quote(request.url.path)}", 303, headers=protection.headers())
    return await page.screen(desk, DeskVisit(request, visitor, path))


def _find(method: str, path: str) -> tuple[DeskPage, Mapping[str, str]] | None:
    method = "GET" if method == "HEAD" else method
    for page in PAGES:
        match = _pattern(page.path).fullmatch(path) if page.method == method else None
        if match is not None:
            return page, match.groupdict()
    return None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
