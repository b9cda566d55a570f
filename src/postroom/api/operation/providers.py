"""The provider of an account as a label of figures: a known name, so that there are never many. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from postroom.connections.quirks.library import matching
from postroom.oauth2.providers import provider_of

__all__ = ["OTHER", "provider_label"]

OTHER: Final = "other"
"""Every provider without a profile of its hosts."""


@lru_cache(maxsize=16_384)
def provider_label(kind: str, host: str) -> str:
    """Return the name of the provider at a host; without a host that of the kind of OAuth2 application."""
    known = provider_of(kind) if not host else None
    name = known.imap.host if known is not None and known.imap is not None else host
    found = (profile.name for profile in (matching(name) if name else ()) if profile.match.hosts)
    return next(found, OTHER)
