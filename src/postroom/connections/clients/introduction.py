"""How an IMAP server describes itself, without secrets, so that it can be stored and shown. Pure."""

from __future__ import annotations

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
    capabilities = sorted(info.capabilities)
    found = Introduction(
        take_in(info.greeting), take_in_all(capabilities), {key: take_in(value) for key, value in identity.items()}
    )
    # Only the greeting can differ (it may hold a time or a number); the rest is the same for every account.
    of_itself = " ".join((*found.capabilities, *found.identity.values()))
    if not secrets.held_by(found.greeting, of_itself):
        return found
    return Introduction(
        take_in(info.greeting, secrets),
        take_in_all(capabilities, secrets),
        {key: take_in(value, secrets) for key, value in identity.items()},
    )
