"""Lets only signed-in visitors in."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from postroom.access.addresses import nearest_stranger
from postroom.access.admins.model import Browser
from postroom.http.paths import sent_path
from postroom.web import protection
from postroom.web.dashboard.desk import Desk, Visitor
from postroom.web.dashboard.entrance.cookies import DEVICE, session_cookie
from postroom.web.dashboard.forms import form_token
from postroom.web.received import parts_of

__all__ = ["SIGN_IN", "browser_of", "own_path", "to_sign_in", "visitor_of"]

SIGN_IN: Final = "/dashboard/sign-in"
# A path of the dashboard with its query, in letters that mean nothing to a browser or a header.
_OWN: Final = re.compile(r"/(dashboard(/[A-Za-z0-9._~%@:+,-]+)*)?(\?[A-Za-z0-9._~%@:+,=&-]*)?")
_LONGEST: Final = 500


async def visitor_of(desk: Desk, request: Request) -> Visitor | None:
    """Return who is signed in, None if nobody is. Raises StorageUnavailable."""
    cookie = session_cookie(request)
    # Parts of a page are loaded again by themselves, for as long as the page is open.
    loads_itself = request.method == "GET" and request.headers.get("hx-request") == "true"
    session = await desk.sessions.recognise(cookie, is_use=not loads_itself) if cookie else None
    if session is None or (session.way == "openid" and desk.people is None):
        return None
    return Visitor(session.name, form_token(cookie), session)


def browser_of(desk: Desk, request: Request) -> Browser:
    """Return where a request comes from."""
    peer = request.client.host if request.client is not None else None
    forwarded = request.headers.getlist("x-forwarded-for")
    address = nearest_stranger(peer, forwarded, desk.settings.trusted_proxies)
    device = desk.admins.device_of(request.cookies.get(DEVICE, ""))
    return Browser(address, request.headers.get("user-agent", ""), device)


def to_sign_in(request: Request) -> Response:
    """Send a browser to the sign-in, and afterwards to the page that it wanted."""
    is_part = request.headers.get("hx-request") == "true"
    shown = request.headers.get("hx-current-url", "") if is_part else f"{sent_path(request.scope)}?{request.url.query}"
    parts = parts_of(shown)
    wanted = f"{parts.path}?{parts.query}" if parts.query else parts.path
    where = f"{SIGN_IN}?{urlencode({'to': own_path(wanted if is_part or request.method == 'GET' else '/')})}"
    if is_part:
        # A redirect would put the page of the sign-in into a part of this one.
        return Response(status_code=401, headers={**protection.desk_headers(), "hx-redirect": where})
    return RedirectResponse(where, 303, headers=protection.desk_headers())


def own_path(text: str) -> str:
    """Return a path of the dashboard as it is, and `/` for anything else, such as another site."""
    is_own = len(text) <= _LONGEST and _OWN.fullmatch(text) is not None
    return text if is_own and not text.startswith((SIGN_IN, "/dashboard/sign-out")) else "/"
