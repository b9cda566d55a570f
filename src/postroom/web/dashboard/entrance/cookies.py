"""The cookies of the dashboard: the session, the browser that is known again, and what a sign-in needs on its way."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from postroom.web import protection

__all__ = [
    "DEVICE",
    "OPENID",
    "VISIT",
    "drop_session",
    "is_encrypted",
    "keep",
    "keep_session",
    "session_cookie",
    "visit_cookie",
]

# The prefix makes browsers refuse the cookie from anybody but this host, over TLS (RFC 6265bis section 4.1.3.2).
_SECURE_SESSION: Final = "__Host-postroom_session"
_SESSION: Final = "postroom_session"
DEVICE: Final = "postroom_device"
"""Tells a browser that has signed in before from strangers."""

OPENID: Final = "postroom_openid"
"""What is remembered of a sign-in with OpenID Connect while the person is at the provider."""

VISIT: Final = "postroom_visit"
"""Identifies a browser that is not signed in, for the form of the sign-in."""

_SIGN_IN: Final = "/dashboard/sign-in"
_PATHS: Final = {DEVICE: "/dashboard", OPENID: _SIGN_IN, VISIT: _SIGN_IN}
_LIVES: Final = {DEVICE: 365 * 86_400, OPENID: 600, VISIT: 86_400}
_SESSION_LIFE: Final = 7 * 86_400


def is_encrypted(request: Request) -> bool:
    """Say whether the browser reached us over TLS, which a proxy may have taken off; it says so in `Origin`."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")


def session_cookie(request: Request) -> str:
    """Return the text of the session's cookie, empty when there is none."""
    found = request.cookies.get(_SECURE_SESSION) or request.cookies.get(_SESSION, "")
    return found if protection.COOKIE_TEXT.fullmatch(found) else ""


def keep_session(response: Response, cookie: str, *, secure: bool) -> None:
    """Give the browser the cookie of a new session, and take away an older one."""
    name, other = (_SECURE_SESSION, _SESSION) if secure else (_SESSION, _SECURE_SESSION)
    response.set_cookie(name, cookie, _SESSION_LIFE, path="/", secure=secure, httponly=True, samesite="lax")
    response.delete_cookie(other, path="/", secure=other == _SECURE_SESSION, httponly=True, samesite="lax")


def drop_session(response: Response) -> None:
    """Take the cookie of the session away."""
    response.delete_cookie(_SESSION, path="/", httponly=True, samesite="lax")
    response.delete_cookie(_SECURE_SESSION, path="/", secure=True, httponly=True, samesite="lax")


def keep(response: Response, name: str, text: str, *, secure: bool) -> None:
    """Give the browser one of the other cookies; without a text, take it away."""
    life = _LIVES[name] if text else 0
    response.set_cookie(name, text, life, path=_PATHS[name], secure=secure, httponly=True, samesite="lax")


def visit_cookie(request: Request) -> str:
    """Return the cookie that identifies a browser that is not signed in; a new one if it sent none of ours."""
    return protection.cookie_of(request, VISIT)
