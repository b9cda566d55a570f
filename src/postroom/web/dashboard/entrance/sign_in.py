"""The page of the sign-in: a password and a code, or on the first visit a code from the terminal and a new password."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from postroom.access.admins.model import AdminRefused, AdminStanding, OpenedSession, TooManyAttempts, WrongPassword
from postroom.access.admins.password_rules import SHORTEST
from postroom.footprint.dataclass import dataclass
from postroom.web import protection
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.entrance.cookies import DEVICE, VISIT, is_encrypted, keep, keep_session, visit_cookie
from postroom.web.dashboard.forms import check_sender, form_token, read_form
from postroom.web.dashboard.guard import browser_of, own_path, visitor_of
from postroom.web.dashboard.rendering import alone

__all__ = ["enter", "let_in", "show", "show_refusal"]


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is wrong with a sign-in: the field, the sentence, the status, and the seconds to wait."""

    field: str = ""
    text: str = ""
    status: int = 200
    wait: int = 0


async def show(desk: Desk, request: Request) -> Response:
    """GET /dashboard/sign-in"""
    wanted = own_path(request.query_params.get("to", "/"))
    if await visitor_of(desk, request) is not None:
        return RedirectResponse(wanted, 303, headers=protection.desk_headers())
    return _page(desk, request, await desk.admins.standing(), wanted, _Wrong())


async def enter(desk: Desk, request: Request) -> Response:
    """POST /dashboard/sign-in"""
    form = await read_form(request)
    known = await desk.runtime.get()
    check_sender(request, form, request.cookies.get(VISIT, ""), known.service_url)
    standing, wanted = await desk.admins.standing(), own_path(form.values.get("to", "/"))
    try:
        opened = await _open(desk, request, standing, form.values)
    except AdminRefused as error:
        wrong = _Wrong("password" if standing.has_password else "code", error.message, 403)
    except WrongPassword as error:
        wrong = _Wrong("password", error.message, 400)
    except TooManyAttempts as error:
        wrong = _Wrong("", error.message, 429, int(error.retry_after or 1))
    else:
        return let_in(desk, request, opened, wanted, secure=is_encrypted(request))
    return _page(desk, request, standing, wanted, wrong)


async def show_refusal(desk: Desk, request: Request, text: str) -> Response:
    """Return the page of the sign-in with the reason for which a person was not let in."""
    return _page(desk, request, await desk.admins.standing(), "/", _Wrong("", text, 403))


def let_in(desk: Desk, request: Request, opened: OpenedSession, wanted: str, *, secure: bool) -> Response:
    """Give a browser the cookie of its session and send it to the page that it wanted."""
    response = RedirectResponse(wanted, 303, headers=protection.desk_headers())
    keep_session(response, opened.cookie, secure=secure)
    keep(response, DEVICE, desk.admins.mark_device(browser_of(desk, request)), secure=secure)
    return response


async def _open(desk: Desk, request: Request, standing: AdminStanding, sent: Mapping[str, str]) -> OpenedSession:
    password, code, browser = sent.get("password", ""), sent.get("code", ""), browser_of(desk, request)
    if standing.has_password:
        return await desk.admins.sign_in(password, code, browser)
    if password != sent.get("again", ""):
        raise WrongPassword("The two passwords are not the same.")
    return await desk.admins.begin(code, password, browser)


def _page(desk: Desk, request: Request, standing: AdminStanding, wanted: str, wrong: _Wrong) -> Response:
    cookie = visit_cookie(request)
    values = {
        "standing": standing,
        "wanted": wanted,
        "wrong": wrong,
        "token": form_token(cookie),
        "openid": desk.people is not None,
        "shortest": SHORTEST,
    }
    template = "sign_in.html" if standing.has_password else "first_visit.html"
    response = alone(template, values, status=wrong.status)
    keep(response, VISIT, cookie, secure=is_encrypted(request))
    if wrong.wait:
        response.headers["retry-after"] = str(wrong.wait)
    return response
