"""The pages as an ASGI application: which path shows what. Everything below `/accounts`."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from postroom.onboarding.sign_in_link import PATH
from postroom.web import sign_in
from postroom.web.errors import MethodUnknown, NoSuchPage, guarded
from postroom.web.pages import STYLE, Site, style_sheet

__all__ = ["PAGES", "Site", "build"]

PAGES: Final = "/accounts"
_A_YEAR: Final = 31_536_000


def build(site: Site) -> ASGIApp:
    """Return the application that serves the pages."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        response = await guarded(site, request, lambda: _serve(site, request))
        await response(scope, receive, send)

    return application


async def _serve(site: Site, request: Request) -> Response:
    path = request.url.path.removesuffix("/")
    shows = request.method in ("GET", "HEAD")
    if path == STYLE and shows:
        return _style()
    if path != PATH:
        raise NoSuchPage(path)
    if shows:
        return await sign_in.begin(site, request)
    if request.method == "POST":
        return await sign_in.go_on(site, request)
    raise MethodUnknown(request.method)


def _style() -> Response:
    headers = {"cache-control": f"public, max-age={_A_YEAR}, immutable", "x-content-type-options": "nosniff"}
    return Response(style_sheet(), headers=headers, media_type="text/css")
