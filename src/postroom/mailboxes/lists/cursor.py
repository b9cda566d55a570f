"""The cursor of a list of messages: how it is written and read. Pure.

It is `imap_` and a JSON object in base64url. `page` is the number of the page. The other members say where the page
begins, so that pages neither repeat nor skip messages while mail arrives or goes.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

import orjson

from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.failures import InvalidCursor

__all__ = ["Cursor", "PageEdge", "read_cursor", "write_cursor"]

_OURS: Final = "imap_"
_OTHERS: Final = re.compile(r"[A-Za-z]+_")
_LARGEST: Final = 2**53
_LONGEST: Final = 1_000
_BEGIN_AGAIN: Final = "Begin with the first page"


@dataclass(frozen=True, slots=True)
class PageEdge:
    """The place beside a message: next to the one with `uid`, in the folder while it has this UIDVALIDITY.

    `up` means that the page has the newer messages above it, otherwise the older ones below. `below` is how many
    messages the list had below that place. `date` is the message's date in milliseconds and `folder` its folder's
    number, when the list is of several folders; then there is no `uidvalidity`. `begun` is when the first page of
    such a list was searched for, in milliseconds.
    """

    uidvalidity: int
    uid: int
    below: int
    up: bool = False
    date: int | None = None
    folder: int | None = None
    begun: int = 0


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins. Without a place, it is the page of that number, from 0."""

    page: int = 0
    beside: PageEdge | None = None


def write_cursor(cursor: Cursor) -> str:
    """Return the text of a cursor."""
    members: dict[str, int] = {"page": cursor.page}
    if (place := cursor.beside) is not None:
        members |= {"v": place.uidvalidity, "u": place.uid, "n": place.below, "up": int(place.up)}
        if place.date is not None and place.folder is not None:
            members |= {"d": place.date, "f": place.folder, "b": place.begun}
    return _OURS + base64.urlsafe_b64encode(orjson.dumps(members)).rstrip(b"=").decode()


def read_cursor(text: str) -> Cursor:
    """Return the content of a cursor. Raises InvalidCursor."""
    if not text.startswith(_OURS):
        if _OTHERS.match(text):
            raise InvalidCursor(
                f"This is a cursor of another kind of mailbox. {_BEGIN_AGAIN}", code="InvalidCursorType"
            )
        raise InvalidCursor(f"This is no cursor. {_BEGIN_AGAIN}")
    members = _members(text.removeprefix(_OURS))
    if set(members) == {"page"}:
        return Cursor(members["page"])
    try:
        beside = PageEdge(
            members["v"],
            members["u"],
            members["n"],
            bool(members["up"]),
            members.get("d"),
            members.get("f"),
            members.get("b", 0),
        )
        return Cursor(members["page"], beside)
    except KeyError:
        raise InvalidCursor(f"This is no cursor. {_BEGIN_AGAIN}") from None


def _members(encoded: str) -> dict[str, int]:
    try:
        if len(encoded) > _LONGEST:
            raise ValueError
        octets = base64.b64decode(encoded + "=" * (-len(encoded) % 4), b"-_", validate=True)
        members = orjson.loads(octets)
    except (ValueError, binascii.Error):
        raise InvalidCursor(f"This is no cursor. {_BEGIN_AGAIN}") from None
    if not isinstance(members, dict) or not all(
        type(each) is int and 0 <= each < _LARGEST for each in members.values()
    ):
        raise InvalidCursor(f"This is no cursor. {_BEGIN_AGAIN}")
    return members
