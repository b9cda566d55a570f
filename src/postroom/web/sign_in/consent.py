"""The two pages of an OAuth2 consent: one sends the browser to the provider, one receives it back."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from postroom.errors import StorageFailed
from postroom.onboarding.consent.service import ConsentFailed
from postroom.web import protection
from postroom.web.errors import page_about
from postroom.web.sign_in.pages import Site, look_for, render

__all__ = ["PATH", "START", "come_back", "start"]

PATH: Final = "/oauth"
START: Final = "/oauth/start"
_COOKIE: Final = "postroom_oauth"
_COOKIE_LIFE: Final = 3600
_LONGEST_STATE: Final = 1024
_LONGEST_CODE: Final = 8192


async def start(site: Site, request: Request) -> Response:
    """GET /oauth/start"""
    try:
        started = await site.consents.start(_parameter(request, "state", _LONGEST_STATE))
    except ConsentFailed as failure:
        return await _failed(site, request, failure)
    response = RedirectResponse(started.url, 302, headers=protection.headers())
    response.set_cookie(
        _COOKIE, started.cookie, _COOKIE_LIFE, path=PATH, secure=started.secure, httponly=True, samesite="lax"
    )
    return response


async def come_back(site: Site, request: Request) -> Response:
    """GET /oauth"""
    state = _parameter(request, "state", _LONGEST_STATE)
    said = _parameter(request, "error_description", _LONGEST_CODE) or _parameter(request, "error", _LONGEST_STATE)
    try:
        done = await site.consents.finish(
            state,
            request.cookies.get(_COOKIE),
            _parameter(request, "code", _LONGEST_CODE) or None,
            said or None,
        )
    except ConsentFailed as failure:
        return await _failed(site, request, failure)
    except StorageFailed as failure:
        # The provider's answer cannot be used twice, but the link stays valid until an account is registered.
        return await page_about(site, request, failure, f"{START}?{urlencode({'state': state})}")
    if done.redirect_url is not None:
        return RedirectResponse(done.redirect_url, 302, headers=protection.headers())
    return render("notice.html", await look_for(site, request), {"notice": "consent_done"})


async def _failed(site: Site, request: Request, failure: ConsentFailed) -> Response:
    values = {"notice": "consent_failed", "failure": failure}
    return render("notice.html", await look_for(site, request), values, status=400)


def _parameter(request: Request, name: str, longest: int) -> str:
    return request.query_params.get(name, "")[:longest]
