"""The providers of accounts to choose from: each name stands for all types and hosts that belong to it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.accounts.model import AccountPlace
from postroom.attention.providers import provider_name
from postroom.footprint.dataclass import dataclass

__all__ = ["ProviderChoice", "name_of", "provider_choices"]

_WORDS: Final = {
    "imap": "IMAP, host not known",
    "sending": "Sending only",
    "oauth2": "OAuth2, by the caller",
    "delegated": "Borrowed credentials",
}


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """One provider: its `name` is what links say, `places` are the types and hosts that belong to it."""

    name: str
    places: tuple[AccountPlace, ...]
    count: int


def name_of(place: AccountPlace, kinds: Mapping[str, str]) -> str:
    """Return the name of the provider at a place. `kinds` are the kinds of OAuth2 applications by their ids."""
    known = provider_name(kinds.get(place.type, place.type), place.host)
    return known or _WORDS.get(place.type) or f"OAuth2: {place.type}"


def provider_choices(counts: Mapping[AccountPlace, int], kinds: Mapping[str, str]) -> list[ProviderChoice]:
    """Return the providers of all accounts, the one with the most accounts first."""
    grouped: dict[str, list[AccountPlace]] = {}
    for place in sorted(counts):
        grouped.setdefault(name_of(place, kinds), []).append(place)
    found = [
        ProviderChoice(name, tuple(places), sum(counts[place] for place in places)) for name, places in grouped.items()
    ]
    return sorted(found, key=lambda choice: (-choice.count, choice.name))
