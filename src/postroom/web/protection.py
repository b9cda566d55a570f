"""What protects the pages: the headers of every answer, and forms that only the browser they were shown to can send."""

from __future__ import annotations

import re
import secrets as random
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from postroom.configuration.signatures import SignatureKind, holds, signature

__all__ = ["COOKIE", "cookie_of", "form_token", "headers", "is_genuine"]

COOKIE: Final = "postroom_sign_in"
_COOKIE_TEXT: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def headers(logo: str | None = None) -> dict[str, str]:
    """Return the headers of a page; `logo` is the one picture from elsewhere that it may load.

    Only our own script file may run. Nobody may frame a page, and no cache keeps it. Forms go here alone, so a page
    sends the browser away by a refresh, which also leaves whoever receives it free to redirect on. There is no opener
    policy: a program that shows the page in a window of its own must find that window again in the end.
    """
    images = f"'self' {_origin(logo)}" if logo else "'self'"
    nothing_else = "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    policy = f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; {nothing_else}"
    return {
        "cache-control": "no-store",
        "content-security-policy": policy,
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, nofollow",
    }


def cookie_of(request: Request) -> str:
    """Return what the browser is known by: its cookie, or a new one for it."""
    sent = request.cookies.get(COOKIE, "")
    return sent if _COOKIE_TEXT.fullmatch(sent) else random.token_urlsafe(32)


def form_token(secret: str, link: str, cookie: str) -> str:
    """Return what a form must send back: signed, for one link and one browser."""
    return signature(SignatureKind.FORM, _message(link, cookie), secret)


def is_genuine(request: Request, secret: str, link: str, sent: str) -> bool:
    """Say whether a form comes from the browser that it was shown to."""
    cookie = request.cookies.get(COOKIE, "")
    if not _COOKIE_TEXT.fullmatch(cookie):
        return False
    return holds(SignatureKind.FORM, _message(link, cookie), sent, secret)


def _message(link: str, cookie: str) -> bytes:
    return f"form\n{link}\n{cookie}".encode()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    # A policy is a list with spaces and semicolons; no host has any.
    return re.sub(r"[^A-Za-z0-9.:\[\]/-]", "", f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
