"""Facts that follow from an account's settings: its type, its identity, and when it must reconnect. Pure."""

from __future__ import annotations

from typing import Final

from postroom.accounts.settings.values import AccountSettings, ImapSettings, OAuth2Settings

__all__ = ["account_type", "mail_host", "needs_new_connection", "oauth2_identity"]

_OF_THE_CONNECTION: Final = (
    "imap",
    "oauth2",
    "path",
    "subconnections",
    "proxy",
    "imap_indexer",
    "notify_from",
    "public_hosts",
)
"""A change in one of these needs a new connection."""


def needs_new_connection(before: AccountSettings, after: AccountSettings) -> bool:
    """Return whether a change affects the mail connection, so that it must be opened again."""
    return any(getattr(before, name) != getattr(after, name) for name in _OF_THE_CONNECTION)


def account_type(settings: AccountSettings) -> str:
    """Return the API's `type`: the OAuth2 provider, `delegated`, `imap`, or `sending` for an account without IMAP."""
    oauth2 = settings.oauth2
    if oauth2 is not None and oauth2 != OAuth2Settings():
        return "delegated" if oauth2.who.delegated_account else oauth2.provider or "oauth2"
    return "imap" if settings.imap not in (None, ImapSettings()) else "sending"


def mail_host(settings: AccountSettings) -> str:
    """Return the host of the IMAP server, or else of the SMTP server; empty if the settings name none."""
    for server in (settings.imap, settings.smtp):
        if server is not None and server.host:
            return server.host.lower()
    return ""


def oauth2_identity(settings: AccountSettings) -> str | None:
    """Return what only one account may have: the OAuth2 provider with the user, without case."""
    oauth2 = settings.oauth2
    if oauth2 is None or not oauth2.who.user:
        return None
    return f"{oauth2.provider}\n{oauth2.who.user.casefold()}\n{oauth2.mailbox.casefold()}"
