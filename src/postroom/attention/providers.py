"""The name of the provider that has an account's mail, from its type and the host of its server. Pure."""

from __future__ import annotations

from functools import lru_cache

from postroom.connections.quirks.library import matching
from postroom.connections.quirks.profile import Profile
from postroom.oauth2.providers import provider_of

__all__ = ["host_of", "profile_of", "provider_name"]


def host_of(kind: str, host: str) -> str:
    """Return the host of the mail server. `kind` is that of the OAuth2 application, or the account's type."""
    if host:
        return host
    provider = provider_of(kind)
    return provider.imap.host if provider is not None and provider.imap is not None else ""


@lru_cache(maxsize=16_384)
def profile_of(kind: str, host: str) -> Profile | None:
    """Return what is known of the provider; None if its host is not one that is known."""
    name = host_of(kind, host)
    return next((profile for profile in matching(name) if profile.match.hosts), None) if name else None


def provider_name(kind: str, host: str) -> str:
    """Return the name of the provider, otherwise the host; empty if neither is known."""
    profile = profile_of(kind, host)
    return profile.name if profile is not None else host_of(kind, host)
