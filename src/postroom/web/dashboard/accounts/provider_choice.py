"""Names the providers of accounts: those at hosts that Postroom knows, other hosts, and OAuth2 applications. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from postroom.accounts.model import AccountPlace
from postroom.connections.quirks.library import matching

__all__ = ["ProviderChoice", "provider_choices", "provider_name"]

_WORDS: Final = {
    "imap": "IMAP, host not known",
    "sending": "Sending only",
    "oauth2": "OAuth2, by the caller",
    "delegated": "Borrowed credentials",
}
_BY_OAUTH2: Final = {"gmail": "Gmail (OAuth2)", "outlook": "Microsoft (OAuth2)", "mailRu": "Mail.ru (OAuth2)"}


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """One provider of the list: `key` names it in links, `places` are the types and hosts that belong to it."""

    key: str
    name: str
    places: tuple[AccountPlace, ...]
    count: int


def provider_name(place: AccountPlace) -> str:
    """Return the name of the provider of accounts at a place, for people."""
    profile = next((each for each in matching(place.host) if each.match.hosts), None) if place.host else None
    if profile is not None:
        return profile.name
    if place.host:
        return place.host
    return _WORDS.get(place.type) or _BY_OAUTH2.get(place.type) or f"OAuth2: {place.type}"


def provider_choices(counts: Mapping[AccountPlace, int]) -> list[ProviderChoice]:
    """Return the providers of all accounts, the one with the most accounts first."""
    grouped: dict[str, list[AccountPlace]] = {}
    for place in sorted(counts):
        grouped.setdefault(provider_name(place), []).append(place)
    found = [
        ProviderChoice(name, name, tuple(places), sum(counts[place] for place in places))
        for name, places in grouped.items()
    ]
    return sorted(found, key=lambda choice: (-choice.count, choice.name))
