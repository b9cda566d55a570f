"""What a refused command on the open folder means: one bad message, or a server that wants a pause. Pure.

A server that throttles returns a part of the answer and says NO to the rest. The rest is asked for again soon, in
smaller parts. Only when that does not help does the refusal end the connection.
"""

from __future__ import annotations

from typing import Final

from postroom.connections.failures import wished_pause
from postroom.imap.errors import CommandFailed

BACK_OFF: Final = (1.0, 1.7, 2.89, 5.0)
"""Seconds before each retry, as long as the server returns nothing new in between."""

# If the server asks for a longer pause, it is better to close the connection meanwhile.
_LONGEST_WISH: Final = 10.0
_NOT_THE_MESSAGE: Final = frozenset(
    {"THROTTLED", "LIMIT", "OVERQUOTA", "INUSE", "EXPUNGEISSUED", "NOTIFICATIONOVERFLOW"}
)
_PASSING: Final = frozenset({"THROTTLED", "LIMIT", "INUSE", "EXPUNGEISSUED"})


def may_be_the_message(refusal: CommandFailed) -> bool:
    """Return whether one message may have caused this NO or BAD to a FETCH, so that the others can still be fetched."""
    return refusal.status != "BYE" and _code(refusal) not in _NOT_THE_MESSAGE and not _is_throttled(refusal)


def wants_pause(refusal: CommandFailed) -> bool:
    """Return whether the refusal is temporary and does not depend on the command."""
    return refusal.status != "BYE" and (_code(refusal) in _PASSING or _is_throttled(refusal))


def pause(refusal: CommandFailed, tries: int, back_off: tuple[float, ...] = BACK_OFF) -> float | None:
    """Return the seconds to wait after `tries` failed retries; None when another retry would be useless."""
    if not wants_pause(refusal) or tries >= len(back_off):
        return None
    wish = wished_pause(refusal.text)
    if wish is None:
        return back_off[tries]
    return wish if wish <= _LONGEST_WISH else None


def _code(refusal: CommandFailed) -> str:
    return refusal.code.name if refusal.code is not None else ""


def _is_throttled(refusal: CommandFailed) -> bool:
    return "throttl" in refusal.text.lower()
