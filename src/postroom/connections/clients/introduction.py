"""How an IMAP server describes itself, without secrets, so that it can be stored and shown. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.dialogue.handshake import SessionInfo
from postroom.words.strangers import Secrets, Words, take_in, take_in_all

__all__ = ["Introduction", "introduction"]

_ID_KEYS: Final = ("name", "vendor", "version")


@dataclass(frozen=True, slots=True)
class Introduction:
    """`capabilities` are in alphabetical order; `identity` holds the shown fields of the ID answer (RFC 2971)."""

    greeting: Words
    capabilities: list[Words]
    identity: dict[str, Words]


def introduction(info: SessionInfo, secrets: Secrets) -> Introduction:
    """Make the introduction from what the server told while the session was opened.

    All texts are searched for secrets at once, because this happens at every sign-in and there rarely are any.
    """
    told = info.server_id or {}
    identity = {key: value for key in _ID_KEYS if (value := told.get(key))}
    found = Introduction(
        take_in(info.greeting),
        list(_capabilities(info.capabilities)),
        {key: take_in(value) for key, value in identity.items()},
    )
    # Only the greeting can differ (it may hold a time or a number); the rest is the same for every account.
    of_itself = " ".join((*found.capabilities, *found.identity.values()))
    if not secrets.held_by(found.greeting, of_itself):
        return found
    return Introduction(
        take_in(info.greeting, secrets),
        take_in_all(sorted(info.capabilities), secrets),
        {key: take_in(value, secrets) for key, value in identity.items()},
    )


@lru_cache(maxsize=64)
def _capabilities(told: frozenset[str]) -> tuple[Words, ...]:
    """The capabilities to show. They are the same for every account of a server."""
    return tuple(take_in_all(sorted(told)))
