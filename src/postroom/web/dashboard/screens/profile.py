"""The profile: the password, the authenticator app with its recovery codes, and the sessions of all browsers."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.access.admins.authenticator import Enrolment
from postroom.access.admins.model import AdminRefused, NotNow, TooManyAttempts, WrongPassword
from postroom.access.admins.password_rules import SHORTEST
from postroom.web.charts.qr_code import qr_code
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.entrance.cookies import drop_session, is_encrypted, keep_session
from postroom.web.dashboard.guard import SIGN_IN, browser_of
from postroom.web.dashboard.rendering import moved, page

__all__ = ["PAGES"]

_HERE: Final = "/dashboard/profile"
_APP: Final = f"{_HERE}/authenticator"
_STATUSES: Final[dict[type[Exception], int]] = {
    AdminRefused: 403,
    TooManyAttempts: 429,
    WrongPassword: 400,
    NotNow: 409,
}
_REFUSALS: Final = tuple(_STATUSES)


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/profile"""
    return await _profile(desk, visit)


async def change_password(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/profile/password"""
    form = visit.form
    try:
        if desk.settings.admin_password is not None:
            raise NotNow("The password is set by POSTROOM_ADMIN_PASSWORD. Change it there.")
        if form.get("new", "") != form.get("again", ""):
            raise WrongPassword("The two new passwords are not the same.")
        opened = await desk.admins.change_password(
            form.get("password", ""),
            form.get("code", ""),
            form.get("new", ""),
            browser_of(desk, visit.request),
            visit.visitor.session,
        )
    except _REFUSALS as error:
        return await _profile(desk, visit, "password", error)
    response = moved(_HERE, "The password was changed. All other sessions have ended.")
    keep_session(response, opened.cookie, secure=is_encrypted(visit.request))
    return response


async def enrol(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/profile/authenticator"""
    return _enrolment(visit, desk.authenticator.enrol(visit.visitor.session))


async def confirm(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/profile/authenticator"""
    form, session, browser = visit.form, visit.visitor.session, browser_of(desk, visit.request)
    try:
        enrolment = desk.authenticator.resume(session, form.get("sealed", ""))
    except NotNow as error:
        return await _profile(desk, visit, "authenticator", error)
    try:
        codes = await desk.authenticator.confirm(
            session, enrolment, form.get("password", ""), form.get("code", ""), browser
        )
    except NotNow as error:
        return await _profile(desk, visit, "authenticator", error)
    except _REFUSALS as error:
        return _enrolment(visit, enrolment, error)
    return page("recovery_codes.html", visit, {"codes": codes})


async def replace_codes(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/profile/authenticator/codes"""
    form, browser = visit.form, browser_of(desk, visit.request)
    try:
        codes = await desk.authenticator.new_recovery(
            visit.visitor.session, form.get("password", ""), form.get("code", ""), browser
        )
    except _REFUSALS as error:
        return await _profile(desk, visit, "authenticator", error)
    return page("recovery_codes.html", visit, {"codes": codes})


async def remove(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/profile/authenticator/remove"""
    form, browser = visit.form, browser_of(desk, visit.request)
    try:
        await desk.authenticator.remove(visit.visitor.session, form.get("password", ""), form.get("code", ""), browser)
    except _REFUSALS as error:
        return await _profile(desk, visit, "authenticator", error)
    return moved(_HERE, "The authenticator app was removed. The password alone signs in now.", tone="wait")


async def end_session(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/profile/sessions/end"""
    await desk.sessions.end(visit.form.get("session", ""), by=visit.visitor.name)
    return moved(_HERE, "The session was ended.")


async def end_others(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/profile/sessions/end-others"""
    count = await desk.sessions.end_others(visit.visitor.session.id, by=visit.visitor.name)
    return moved(_HERE, f"{count} other {'session was' if count == 1 else 'sessions were'} ended.")


async def sign_out(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/sign-out"""
    await desk.sessions.end(visit.visitor.session.id, by=visit.visitor.name)
    response = moved(SIGN_IN)
    drop_session(response)
    return response


async def _profile(desk: Desk, visit: DeskVisit, part: str = "", error: Exception | None = None) -> Response:
    values = {
        "standing": await desk.admins.standing(),
        "sessions": await desk.sessions.all(),
        "own": visit.visitor.session.id,
        "fixed": desk.settings.admin_password is not None,
        "shortest": SHORTEST,
        "part": part,
        "problem": str(error) if error is not None else "",
    }
    return page("profile.html", visit, values, status=200 if error is None else _STATUSES[type(error)])


def _enrolment(visit: DeskVisit, enrolment: Enrolment, error: Exception | None = None) -> Response:
    groups = " ".join(enrolment.secret[at : at + 4] for at in range(0, len(enrolment.secret), 4))
    values = {
        "enrolment": enrolment,
        "groups": groups,
        "picture": qr_code(enrolment.url, title="QR code with the key, for the camera of the device that has the app"),
        "problem": str(error) if error is not None else "",
    }
    return page("authenticator.html", visit, values, status=200 if error is None else _STATUSES[type(error)])


PAGES: Final = (
    DeskPage("GET", _HERE, show),
    DeskPage("POST", f"{_HERE}/password", change_password),
    DeskPage("GET", _APP, enrol),
    DeskPage("POST", _APP, confirm),
    DeskPage("POST", f"{_APP}/codes", replace_codes),
    DeskPage("POST", f"{_APP}/remove", remove),
    DeskPage("POST", f"{_HERE}/sessions/end", end_session),
    DeskPage("POST", f"{_HERE}/sessions/end-others", end_others),
    DeskPage("POST", "/dashboard/sign-out", sign_out),
)
