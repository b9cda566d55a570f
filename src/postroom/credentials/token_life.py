"""When an access token is due to be renewed, and what of an account's settings it changes. Pure."""

from __future__ import annotations

import copy
from typing import Any

from postroom.accounts.settings.document import Document
from postroom.clock import from_iso, iso
from postroom.oauth2.model import Tokens

EARLY_MS = 300_000
"""A token is renewed so long before its end, or when three quarters of its life are over."""


def is_due(oauth2: dict[str, Any], now: int, *, refused: str | None = None, early: int = EARLY_MS) -> bool:
    """Say whether a token must be renewed before it is used; `refused` is one that a mail server did not take."""
    token = oauth2.get("accessToken")
    if not token or token == refused:
        return True
    expires = expiry(oauth2)
    if expires is None:
        return False
    issued = from_iso(oauth2["generated"]) if oauth2.get("generated") else None
    margin = early if issued is None else min(early, max(expires - issued, 0) // 4)
    return expires - now <= margin


def is_usable(oauth2: dict[str, Any], now: int, *, refused: str | None = None) -> bool:
    """Say whether a token may still work, though it is due."""
    expires = expiry(oauth2)
    return bool(oauth2.get("accessToken")) and oauth2["accessToken"] != refused and (expires is None or expires > now)


def expiry(oauth2: dict[str, Any]) -> int | None:
    """Return when the access token ends, in milliseconds since 1970; None when that is not known."""
    return from_iso(str(oauth2["expires"])) if oauth2.get("expires") else None


def with_tokens(full: Document, tokens: Tokens) -> Document:
    """Return the document with new tokens; a refresh token that was not replaced stays."""
    renewed = copy.deepcopy(full)
    renewed["oauth2"] |= {
        "accessToken": tokens.access_token,
        "expires": iso(tokens.expires_at),
        "generated": iso(tokens.issued_at),
    }
    if tokens.refresh_token:
        renewed["oauth2"]["refreshToken"] = tokens.refresh_token
    return renewed
