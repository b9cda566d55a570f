"""Protects the pages: security headers, and forms that only the browser to which they were shown can send."""

from __future__ import annotations

import re
import secrets as random
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from postroom.configuration.signatures import SignatureKind, holds, signature

__all__ = [
    "COOKIE",
    "COOKIE_TEXT",
    "LASTING",
    "SANDBOX",
    "cookie_of",
    "desk_headers",
    "form_token",
    "framed_headers",
    "headers",
    "is_genuine",
]

COOKIE: Final = "postroom_sign_in"
COOKIE_TEXT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""The text of each cookie of ours that only identifies: 32 random octets in base64url."""

LASTING: Final = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
"""The headers of a file whose URL changes with its content, so that caches may keep it."""

SANDBOX: Final = "allow-popups allow-popups-to-escape-sandbox"
"""What the frame of a mail may do: open links in a new tab. It has no scripts, no forms, and an origin of its own."""


def headers(logo: str | None = None) -> dict[str, str]:
    """Return the headers of a page; `logo` is the only picture from another host that it may load.

    Only our own script file may run. Pages cannot be framed or cached. Forms may only be sent to this gateway, so a
    page sends the browser to another site by a refresh; that site may then redirect freely. There is no opener policy,
    because a program that opens the page in a window must be able to find that window again.
    """
    images = f"'self' {_origin(logo)}" if logo else "'self'"
    nothing_else = "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    loaded = f"script-src 'self'; style-src 'self'; img-src {images}; {nothing_else}; font-src 'self'"
    policy = f"default-src 'none'; {loaded}"
    return {
        "cache-control": "no-store",
        "content-security-policy": policy,
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, nofollow",
    }


def desk_headers(*, holds_frame: bool = False) -> dict[str, str]:
    """Return the headers of a page of the dashboard: as `headers`, and its scripts and fonts may load from here only.

    No page of another site gets a handle on its window. Its own forms tell where they come from (`Origin`).
    `holds_frame`: it shows a document of ours in a frame.
    """
    protected = headers()
    frames = "; frame-src 'self'" if holds_frame else ""
    policy = f"{protected['content-security-policy']}; connect-src 'self'{frames}"
    return {
        **protected,
        "content-security-policy": policy,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "same-origin",
    }


def framed_headers() -> dict[str, str]:
    """Return the headers of a document with the words of a stranger, which a page of ours shows in a frame.

    It loads nothing: its pictures are in it. Even if it is opened by itself, it has no scripts and no forms, and cannot
    reach the dashboard. It is the only document that may be framed, and only by us.
    """
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
    return {
        **headers(),
        "content-security-policy": f"{policy}; frame-ancestors 'self'; sandbox {SANDBOX}",
        "cross-origin-resource-policy": "same-origin",
        "x-frame-options": "SAMEORIGIN",
    }


def cookie_of(request: Request, name: str = COOKIE) -> str:
    """Return the cookie that identifies the browser; a new one if it sent none of ours."""
    sent = request.cookies.get(name, "")
    return sent if COOKIE_TEXT.fullmatch(sent) else random.token_urlsafe(32)


def form_token(secret: str, link: str, cookie: str) -> str:
    """Return the token that a form must send back, signed for one link and one browser."""
    return signature(SignatureKind.FORM, _message(link, cookie), secret)


def is_genuine(request: Request, secret: str, link: str, sent: str) -> bool:
    """Say whether a form comes from the browser to which it was shown."""
    cookie = request.cookies.get(COOKIE, "")
    if not COOKIE_TEXT.fullmatch(cookie):
        return False
    return holds(SignatureKind.FORM, _message(link, cookie), sent, secret)


def _message(link: str, cookie: str) -> bytes:
    return f"form\n{link}\n{cookie}".encode()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    # Spaces and semicolons separate the parts of a policy and never occur in a host, so they are removed.
    return re.sub(r"[^A-Za-z0-9.:\[\]/-]", "", f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
