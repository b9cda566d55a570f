"""What to do about a folder, decided from what is stored and what the server says. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

CLOCK_SKEW = 900
"""Seconds by which a mail server's clock may be behind before new mail looks older than it is."""


class Start(Enum):
    """How to begin with a folder."""

    FIRST = auto()
    """Nothing is stored: look for mail since `notifyFrom`, and take the rest as known."""
    AFRESH = auto()
    """The UIDs mean other messages now: take everything as known, announce nothing."""
    GO_ON = auto()
    """The stored cursor holds: everything from it on is new."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder has been read: every message with a UID below `uidnext` has been dealt with."""

    uidvalidity: int | None
    uidnext: int | None


def start(stored: Cursor, uidvalidity: int | None) -> Start:
    """Decide how to begin with a folder whose server now says `uidvalidity` (None or 0: it does not say)."""
    if stored.uidnext is None:
        return Start.FIRST
    if (stored.uidvalidity or 0) != (uidvalidity or 0):
        return Start.AFRESH
    return Start.GO_ON


def is_news(internal_date: datetime | None, notify_from: int, *, witnessed: bool) -> bool:
    """Say whether a message is announced. `notify_from` is milliseconds since 1970.

    Internal dates have whole seconds only. `witnessed`: the message came while the folder was being watched, so a
    server clock that is behind may not hide it. A message without a legible date is announced when witnessed.
    """
    if internal_date is None:
        return witnessed
    limit = notify_from // 1000 - (CLOCK_SKEW if witnessed else 0)
    return internal_date.timestamp() >= limit


def search_day(notify_from: int) -> datetime:
    """Return the day to SEARCH SINCE: a day early, because the server reads it in its own time zone."""
    return datetime.fromtimestamp(notify_from / 1000 - 86_400, UTC)


def main_folder(selectable: Iterable[tuple[str, str | None]], wanted: list[str]) -> str:
    r"""Return the folder to hold in IDLE: INBOX, or the first one wanted when INBOX is not among them.

    `selectable` are (path, special use) of the folders that can be opened; `wanted` is the account's `path`: folder
    names or roles such as `\Sent`; empty or `*` means all.
    """
    if not wanted or "*" in wanted:
        return "INBOX"
    roles = {role: path for path, role in reversed(list(selectable)) if role}
    paths = [roles.get(each, each) for each in wanted]
    if any(path.upper() in ("INBOX", "\\INBOX") for path in paths):
        return "INBOX"
    return paths[0]


SPECIAL_USES = ("\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash")


def special_use(path: str, attributes: Iterable[str]) -> str | None:
    r"""Return the role of a folder from what LIST says (RFC 6154); INBOX has the role `\Inbox`."""
    if path.upper() == "INBOX":
        return "\\Inbox"
    folded = {attribute.lower() for attribute in attributes}
    return next((role for role in SPECIAL_USES if role.lower() in folded), None)
