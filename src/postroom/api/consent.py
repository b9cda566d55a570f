"""Handlers for the two pages a browser sees of a consent: the way to the provider, and the way back."""

from __future__ import annotations

import html
from typing import Final

from starlette.responses import RedirectResponse, Response

from postroom.accounts.model import AccountExists, InvalidAccount
from postroom.api.route import Api, Call
from postroom.onboarding.consent import ConsentFailed

_COOKIE: Final = "postroom_oauth"
_COOKIE_LIFE: Final = 3600
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


async def start(api: Api, call: Call) -> Response:
    """GET /oauth/start"""
    try:
        started = await api.consents.start(call.query.state)
    except ConsentFailed as failure:
        return _page("Sign-in failed", failure.message, failure.retry, 400)
    response = RedirectResponse(started.url, 302, headers=_HEADERS)
    response.set_cookie(
        _COOKIE, started.cookie, _COOKIE_LIFE, path="/oauth", secure=started.secure, httponly=True, samesite="lax"
    )
    return response


async def callback(api: Api, call: Call) -> Response:
    """GET /oauth"""
    query, cookie = call.query, call.request.cookies.get(_COOKIE)
    try:
        done = await api.consents.finish(
            query.state, cookie, query.code or None, query.error_description or query.error
        )
    except ConsentFailed as failure:
        return _page("Sign-in failed", failure.message, failure.retry, 400)
    except (AccountExists, InvalidAccount) as refused:
        return _page("Sign-in failed", refused.message, None, 400)
    if done.redirect_url is not None:
        return RedirectResponse(done.redirect_url, 302, headers=_HEADERS)
    return _page("Signed in", f"The account {done.account} is connected; you may close this page.", None, 200)


def _page(title: str, text: str, retry: str | None, status: int) -> Response:
    again = f'<p><a href="{html.escape(retry, quote=True)}">Begin again</a></p>' if retry else ""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    body = f"<h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>{again}"
    head += f"<title>{html.escape(title)}</title>"
    page = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'
    return Response(page, status, headers=_HEADERS, media_type="text/html")
