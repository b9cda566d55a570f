"""The provider of an account as a label of figures: a known name, so that there are never many. Pure."""

from __future__ import annotations

from typing import Final

from postroom.attention.providers import profile_of

__all__ = ["OTHER", "provider_label"]

OTHER: Final = "other"
"""Every provider without a profile of its hosts."""


def provider_label(kind: str, host: str) -> str:
    """Return the name of the provider at a host; without a host that of the kind of OAuth2 application."""
    profile = profile_of(kind, host)
    return profile.name if profile is not None else OTHER
