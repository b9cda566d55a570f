"""When an access token is due for renewal, and how new tokens change an account's settings. Pure."""

from __future__ import annotations

from dataclasses import replace

from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import OAuth2Settings
from postroom.clock import from_iso, iso
from postroom.oauth2.model import GrantedTokens

EARLY_MS = 300_000
"""Milliseconds before its end at which a token is renewed; a quarter of its life if that is shorter."""


def is_due(oauth2: OAuth2Settings, now: int, *, refused: Secret | None = None, early: int = EARLY_MS) -> bool:
    """Return whether a token must be renewed before use; `refused` is one that a mail server refused."""
    token = oauth2.access_token
    if not token or token == refused:
        return True
    expires = expiry(oauth2)
    if expires is None:
        return False
    issued = from_iso(oauth2.generated) if oauth2.generated else None
    margin = early if issued is None else min(early, max(expires - issued, 0) // 4)
    return expires - now <= margin


def is_usable(oauth2: OAuth2Settings, now: int, *, refused: Secret | None = None) -> bool:
    """Return whether a token may still work although it is due."""
    expires = expiry(oauth2)
    return bool(oauth2.access_token) and oauth2.access_token != refused and (expires is None or expires > now)


def expiry(oauth2: OAuth2Settings) -> int | None:
    """Return when the access token expires, in milliseconds since 1970; None if unknown."""
    return from_iso(oauth2.expires) if oauth2.expires else None


def with_tokens(oauth2: OAuth2Settings, tokens: GrantedTokens) -> OAuth2Settings:
    """Return the settings with new tokens. A refresh token that was not replaced stays."""
    return replace(
        oauth2,
        access_token=Secret(tokens.access_token),
        refresh_token=Secret(tokens.refresh_token) if tokens.refresh_token else oauth2.refresh_token,
        expires=iso(tokens.expires_at),
        generated=iso(tokens.issued_at),
    )
