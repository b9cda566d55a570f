"""Fetches pieces of one section of a message: a place and a size each, several in one command."""

from __future__ import annotations

from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.responses import FetchData
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.visit import AtMessage, fetch_one

__all__ = ["PIECE", "NoContent", "PieceAt", "fetch_pieces"]

PIECE: Final = 160 * 1024
"""Octets that are fetched at once. A download holds a few pieces: received, decoded, and on the way to the client."""


class NoContent(IncompleteAnswer):
    """The message and its part are there, and the mail server does not send the content."""

    def __init__(self) -> None:
        super().__init__("The mail server did not send the content. Try again later")


@dataclass(frozen=True, slots=True)
class PieceAt:
    """Where a piece begins in its section, and how many octets are asked for."""

    at: int
    size: int


async def fetch_pieces(at: AtMessage, section: str, *places: PieceAt) -> list[bytes]:
    """Return the octets at these places. A piece is shorter, or empty, where the section ends.

    Raises MessageNotFound, IncompleteAnswer when the server leaves out a piece, ServerRefused, SessionFailed.
    """
    told = await fetch_one(at, tuple(f"BODY.PEEK[{section}]<{place.at}.{place.size}>" for place in places))
    return [_piece(told, section, place) for place in places]


def _piece(told: FetchData, section: str, place: PieceAt) -> bytes:
    name = section.upper()
    key = f"{name}<{place.at}>"
    # Some servers leave out the place when it is the beginning.
    if key not in told.sections and not place.at:
        key = name
    if key not in told.sections:
        raise NoContent
    # NIL is how some servers write that the section has nothing there.
    found = told.sections[key] or b""
    if len(found) > place.size:
        raise IncompleteAnswer("The mail server sent another piece of the content than it was asked for")
    return found
