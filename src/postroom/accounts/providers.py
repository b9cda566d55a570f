"""What the OAuth2 applications of this installation say to the settings of an account."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.accounts.model import InvalidAccount
from postroom.accounts.rights.allowed import Access
from postroom.accounts.settings.document import Document, Problem
from postroom.oauth2 import store as oauth2_apps
from postroom.oauth2.providers import provider_of

__all__ = ["access_of", "demand_provider"]


def demand_provider(conn: sa.Connection, full: Document) -> None:
    """Refuse an OAuth2 account that could never sign in.

    Without an application under the provider's name it must bring an access token, and its servers must be known.
    """
    oauth2 = full.get("oauth2")
    if not isinstance(oauth2, dict) or oauth2.get("useAuthServer") or not oauth2.get("enabled", True):
        return
    provider = str(oauth2.get("provider"))
    if oauth2_apps.exists(conn, provider) or (oauth2.get("auth") or {}).get("delegatedAccount"):
        return
    known = provider_of(provider)
    has_server = (known is not None and known.imap is not None) or bool(full.get("imap"))
    if not oauth2.get("accessToken") or not has_server:
        message = "Invalid or missing OAuth2 provider"
        raise InvalidAccount([Problem("oauth2.provider", message)], message)


def access_of(conn: sa.Connection, full: Document) -> Access:
    """Return what an account's OAuth2 application signs in with; `unknown` where none of its name is registered."""
    oauth2 = full.get("oauth2")
    row = oauth2_apps.find(conn, str(oauth2.get("provider"))) if isinstance(oauth2, dict) else None
    provider = provider_of(row.provider) if row is not None else None
    if provider is None:
        return "unknown"
    return "consent" if provider.grant == "refresh_token" else "service"
