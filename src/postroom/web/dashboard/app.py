"""The ASGI application of the dashboard: finds the page of a request, admits the visitor, serves static files."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from postroom.http.paths import sent_path
from postroom.web import protection
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.entrance import openid, sign_in
from postroom.web.dashboard.entrance.cookies import session_cookie
from postroom.web.dashboard.faults import fault_page
from postroom.web.dashboard.files import KINDS, STATIC, static_file
from postroom.web.dashboard.forms import SentForm, check_sender, read_form
from postroom.web.dashboard.guard import SIGN_IN, to_sign_in, visitor_of
from postroom.web.dashboard.routes import PAGES
from postroom.web.errors import MethodUnknown, NoSuchPage, guarded
from postroom.web.received import storable

__all__ = ["build"]

_FILE: Final = re.compile(rf"{STATIC}/([a-z0-9.-]+\.(css|js|svg|txt|woff2))")

# The pages for somebody who is not signed in.
_ENTRANCE: Final[Mapping[tuple[str, str], Callable[[Desk, Request], Awaitable[Response]]]] = {
    ("GET", SIGN_IN): sign_in.show,
    ("POST", SIGN_IN): sign_in.enter,
    ("GET", openid.START): openid.start,
    ("GET", openid.BACK): openid.come_back,
}


def build(desk: Desk) -> ASGIApp:
    """Return the application that serves the dashboard."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            response = await guarded(lambda: _serve(desk, request), lambda error: fault_page(request, error))
            await response(scope, receive, send)

    return application


async def _serve(desk: Desk, request: Request) -> Response:
    path, method = sent_path(request.scope), "GET" if request.method == "HEAD" else request.method
    file = _FILE.fullmatch(path)
    if file is not None:
        return _file(file[1], KINDS[file[2]])
    entrance = _ENTRANCE.get((method, path))
    if entrance is not None:
        request.scope["route"] = path
        return await entrance(desk, request)
    page, parts = _find(method, path)
    request.scope["route"] = page.path
    visitor = await visitor_of(desk, request)
    if visitor is None:
        return to_sign_in(request)
    form = await _form(desk, request) if method == "POST" else SentForm()
    return await page.screen(desk, DeskVisit(request, visitor, parts, form.values, form.lists))


def _file(name: str, kind: str) -> Response:
    try:
        return Response(static_file(name), headers=protection.LASTING, media_type=kind)
    except FileNotFoundError:
        raise NoSuchPage(name) from None


async def _form(desk: Desk, request: Request) -> SentForm:
    """Return the form of a visitor. Raises FormRefused, FormTooLarge."""
    form = await read_form(request)
    known = await desk.runtime.get()
    check_sender(request, form, session_cookie(request), known.service_url)
    return form


def _find(method: str, path: str) -> tuple[DeskPage, Mapping[str, str]]:
    """Return the page of a path and the parts of the path. Raises NoSuchPage, MethodUnknown."""
    matches = [(page, match) for page in PAGES if (match := _pattern(page.path).fullmatch(path)) is not None]
    if not matches:
        raise NoSuchPage(path)
    found = next(((page, match) for page, match in matches if page.method == method), None)
    if found is None:
        raise MethodUnknown(method)
    page, match = found
    return page, {name: storable(unquote(part)) for name, part in match.groupdict().items()}


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
