"""Limits of what a mail server can truthfully report. Pure.

A server may claim anything. Each limit is far above the figures of real mailboxes.
"""

from __future__ import annotations

from typing import Final

from postroom.imap.errors import RemoteProtocolError
from postroom.imap.sets import UidSet
from postroom.sync.folder.plan import Known, Told

MOST_MESSAGES: Final = 20_000_000
"""Messages in one folder."""

MOST_MISSING: Final = 10_000
"""Messages in one folder that exist and cannot be fetched."""

MOST_NAMES: Final = 1_000
"""Different flags and labels in one chunk (8,192 UIDs)."""

# A search also finds messages that came after the server reported the count, and some servers report it late.
_SLACK: Final = 10_000


class Implausible(RemoteProtocolError):
    """The server's answer is well-formed but cannot be true."""


def check_count(exists: int) -> None:
    """Raise Implausible if no folder can hold so many messages."""
    if exists > MOST_MESSAGES:
        raise Implausible(f"The server says that the folder holds {exists:,} messages, of {MOST_MESSAGES:,} at most")


def check_found(found: UidSet, exists: int) -> None:
    """Raise Implausible if a search found far more messages than the folder holds."""
    if len(found) > 2 * exists + _SLACK:
        raise Implausible(f"A search found {len(found):,} messages in a folder that holds {exists:,}")


def check_identity(known: Known, told: Told) -> None:
    """Raise Implausible if a folder that is not listed now turns out to be a different one than was stored."""
    if not told.uidvalidity or told.uidvalidity != known.uidvalidity:
        raise Implausible("The server shows no folders, and has another one under this name than before")


def check_missing(count: int) -> None:
    """Raise Implausible if so many messages cannot be fetched that the server must be at fault."""
    if count > MOST_MISSING:
        raise Implausible(f"The server lists messages and does not give them: more than {MOST_MISSING:,} in one folder")
