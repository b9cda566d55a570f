"""Signing in with OpenID Connect: one page sends the browser to the provider, one receives it back."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from postroom.access.admins.model import AdminRefused
from postroom.log import get_logger
from postroom.oauth2.person_sign_in import PersonSignIn, PersonUnknown
from postroom.web import protection
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.entrance.cookies import OPENID, keep
from postroom.web.dashboard.entrance.sign_in import let_in, show_refusal
from postroom.web.dashboard.guard import SIGN_IN, browser_of, own_path
from postroom.web.errors import NoSuchPage

__all__ = ["BACK", "START", "come_back", "start"]

START: Final = f"{SIGN_IN}/openid"
BACK: Final = f"{SIGN_IN}/openid/back"
_LONGEST: Final = 8192
_NO_ADDRESS: Final = (
    "The public address of this installation is not known, and the provider sends people back to it: "
    "set POSTROOM_SERVICE_URL."
)
log = get_logger("dashboard")


async def start(desk: Desk, request: Request) -> Response:
    """GET /dashboard/sign-in/openid"""
    people, back = _people(desk), await _back(desk)
    if back is None:
        return await show_refusal(desk, request, _NO_ADDRESS)
    try:
        departure = await people.depart(back, own_path(request.query_params.get("to", "/")))
    except PersonUnknown as error:
        return await show_refusal(desk, request, error.message)
    response = RedirectResponse(departure.url, 303, headers=protection.desk_headers())
    keep(response, OPENID, departure.cookie, secure=back.startswith("https:"))
    return response


async def come_back(desk: Desk, request: Request) -> Response:
    """GET /dashboard/sign-in/openid/back"""
    people, back, browser = _people(desk), await _back(desk), browser_of(desk, request)
    if back is None:
        return await show_refusal(desk, request, _NO_ADDRESS)
    cookie, query = request.cookies.get(OPENID, ""), request.query_params
    secure = back.startswith("https:")
    try:
        state, code = (query.get(name, "")[:_LONGEST] for name in ("state", "code"))
        returned = await people.come_back(cookie, state, code, back)
        name = desk.admission.name_of(returned.claims)
    except (PersonUnknown, AdminRefused) as error:
        log.warning("refused at the dashboard", way="openid", address=browser.address, reason=error.message)
        response = await show_refusal(desk, request, error.message)
    else:
        opened = await desk.sessions.open(name, "openid", browser)
        log.info("signed in to the dashboard", by=name, way="openid", address=browser.address)
        response = let_in(desk, request, opened, own_path(returned.wanted), secure=secure)
    keep(response, OPENID, "", secure=secure)
    return response


def _people(desk: Desk) -> PersonSignIn:
    if desk.people is None:
        raise NoSuchPage(START)
    return desk.people


async def _back(desk: Desk) -> str | None:
    known = await desk.runtime.get()
    return f"{known.service_url.rstrip('/')}{BACK}" if known.service_url else None
