"""The ASGI application of the web pages: which path shows which page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from postroom.onboarding.sign_in.link import PATH
from postroom.web import protection
from postroom.web.errors import MethodUnknown, NoSuchPage, guarded, page_about
from postroom.web.sign_in import consent
from postroom.web.sign_in import steps as sign_in
from postroom.web.sign_in.pages import FILES, Site, static_file

__all__ = ["DASHBOARD", "PAGES", "Site", "build"]

PAGES: Final = ("/accounts", "/oauth")
"""The paths of the pages; everything below them belongs to the pages too."""

DASHBOARD: Final = ("/", "/dashboard")
"""The paths of the dashboard, which is an application of its own; everything below the second belongs to it too."""


def build(site: Site) -> ASGIApp:
    """Return the application that serves the pages."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        response = await guarded(lambda: _serve(site, request), lambda error: page_about(site, request, error))
        await response(scope, receive, send)

    return application


async def _serve(site: Site, request: Request) -> Response:
    path = request.url.path.removesuffix("/")
    answers = _ROUTES.get(path)
    if answers is None:
        raise NoSuchPage(request.url.path)
    request.scope["route"] = path
    answer = answers.get("GET" if request.method == "HEAD" else request.method)
    if answer is None:
        raise MethodUnknown(request.method)
    return await answer(site, request)


async def _file(_site: Site, request: Request) -> Response:
    path = str(request.scope["route"])
    return Response(static_file(path.rpartition("/")[2]), headers=protection.LASTING, media_type=FILES[path])


_ROUTES: Final[Mapping[str, Mapping[str, Callable[[Site, Request], Awaitable[Response]]]]] = {
    PATH: {"GET": sign_in.begin, "POST": sign_in.go_on},
    **{path: {"GET": _file} for path in FILES},
    consent.START: {"GET": consent.start},
    consent.PATH: {"GET": consent.come_back},
}
