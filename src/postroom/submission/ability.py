"""Whether an account has a server to send through: its own, or that of its OAuth2 provider."""

from __future__ import annotations

from postroom.accounts import store
from postroom.accounts.model import AccountNotFound
from postroom.accounts.settings.values import AccountSettings, OAuth2Settings
from postroom.errors import Permanent
from postroom.oauth2 import store as oauth2_apps
from postroom.oauth2.providers import provider_of
from postroom.storage.statements.connection import Connection

__all__ = ["SmtpUnavailable", "demand_server", "server_host"]


class SmtpUnavailable(Permanent):
    """The account has no server to send through."""

    code = "SMTPUnavailable"

    def __init__(self) -> None:
        super().__init__(
            "The account has no server to send through: give it `smtp` with host and port. Accounts that sign in with "
            "OAuth2 at a known provider need none"
        )


def demand_server(conn: Connection, account: str) -> None:
    """Check that the account can send, as far as its settings tell. Raises AccountNotFound, SmtpUnavailable."""
    row = store.find(conn, account)
    if row is None:
        raise AccountNotFound
    settings, _ = store.load_settings(conn, row.key)
    if settings.wants_smtp:
        return
    oauth2 = settings.oauth2
    if oauth2 is None or not oauth2.is_enabled:
        raise SmtpUnavailable
    # Only the sign-in finds out what the lender of credentials or an authentication server can do.
    if not (settings.lender or oauth2.use_auth_server) and _provider_host(conn, oauth2) is None:
        raise SmtpUnavailable


def server_host(conn: Connection, settings: AccountSettings) -> str | None:
    """Return the host that the account sends through, as far as its settings tell."""
    if settings.wants_smtp:
        return settings.smtp.host if settings.smtp is not None else None
    oauth2 = settings.oauth2
    return _provider_host(conn, oauth2) if oauth2 is not None and oauth2.is_enabled else None


def _provider_host(conn: Connection, oauth2: OAuth2Settings) -> str | None:
    name = str(oauth2.provider)
    row = oauth2_apps.find(conn, name)
    provider = provider_of(row.provider, row.document) if row is not None else provider_of(name)
    return provider.smtp.host if provider is not None and provider.smtp is not None else None
