"""Checks an account's settings against the OAuth2 applications of this installation."""

from __future__ import annotations

from postroom.accounts.model import InvalidAccount
from postroom.accounts.rights.allowed import Access
from postroom.accounts.settings.problems import Problem
from postroom.accounts.settings.values import AccountSettings
from postroom.oauth2 import store as oauth2_apps
from postroom.oauth2.providers import provider_of
from postroom.storage.statements.connection import Connection

__all__ = ["access_of", "demand_provider"]


def demand_provider(conn: Connection, settings: AccountSettings) -> None:
    """Refuse an OAuth2 account that could never sign in.

    If the provider has no registered application, the settings must hold an access token and name the servers.
    """
    oauth2 = settings.oauth2
    if oauth2 is None or oauth2.use_auth_server or not oauth2.is_enabled:
        return
    provider = str(oauth2.provider)
    if oauth2_apps.exists(conn, provider) or settings.lender:
        return
    known = provider_of(provider)
    has_server = (known is not None and known.imap is not None) or settings.imap is not None
    if not oauth2.access_token or not has_server:
        message = "Invalid or missing OAuth2 provider"
        raise InvalidAccount([Problem("oauth2.provider", message)], message)


def access_of(conn: Connection, settings: AccountSettings) -> Access:
    """Return how an account's OAuth2 application signs in; `unknown` if no such application is registered."""
    oauth2 = settings.oauth2
    row = oauth2_apps.find(conn, str(oauth2.provider)) if oauth2 is not None else None
    provider = provider_of(row.provider) if row is not None else None
    if provider is None:
        return "unknown"
    return "consent" if provider.grant == "refresh_token" else "service"
