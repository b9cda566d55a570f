"""What an IMAP server tells of itself, fit to be stored and shown. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from postroom.imap.dialogue.handshake import SessionInfo
from postroom.words import Secrets, Words, take_in, take_in_all

__all__ = ["Introduction", "introduction"]

_ID_KEYS: Final = ("name", "vendor", "version")


@dataclass(frozen=True, slots=True)
class Introduction:
    """`capabilities` are in the order of the alphabet; `identity` is what ID told (RFC 2971), as far as it is shown."""

    greeting: Words
    capabilities: list[Words]
    identity: dict[str, Words]


def introduction(info: SessionInfo, secrets: Secrets) -> Introduction:
    """Take in what opening a session told.

    It is looked at for secrets as a whole, since it is told at every sign-in and holds none as a rule.
    """
    told = info.server_id or {}
    identity = {key: value for key in _ID_KEYS if (value := told.get(key))}
    capabilities = sorted(info.capabilities)
    found = Introduction(
        take_in(info.greeting), take_in_all(capabilities), {key: take_in(value) for key, value in identity.items()}
    )
    # Apart from the greeting, which has the time or a number in it, a server says the same to every account.
    of_itself = " ".join((*found.capabilities, *found.identity.values()))
    if not secrets.held_by(found.greeting, of_itself):
        return found
    return Introduction(
        take_in(info.greeting, secrets),
        take_in_all(capabilities, secrets),
        {key: take_in(value, secrets) for key, value in identity.items()},
    )
