"""What a refused question about the open folder means: one bad message, or a server that wants a pause. Pure.

A server that throttles answers a part of what was asked and says NO to the rest. What it left out is asked again soon,
and for less at a time; only when that is of no use is the refusal the connection's matter.
"""

from __future__ import annotations

from typing import Final

from postroom.connections.failures import wished_pause
from postroom.imap.errors import CommandFailed

BACK_OFF: Final = (1.0, 1.7, 2.89, 5.0)
"""Seconds before a question is asked again, as long as the server gives nothing new in between."""

# A longer wish of the server is better waited for without a connection.
_LONGEST_WISH: Final = 10.0
_NOT_THE_MESSAGE: Final = frozenset(
    {"THROTTLED", "LIMIT", "OVERQUOTA", "INUSE", "EXPUNGEISSUED", "NOTIFICATIONOVERFLOW"}
)
_PASSING: Final = frozenset({"THROTTLED", "LIMIT", "INUSE", "EXPUNGEISSUED"})


def may_be_the_message(refusal: CommandFailed) -> bool:
    """Say whether a NO or BAD to a FETCH may be the fault of one message, so that the others can still be fetched."""
    return refusal.status != "BYE" and _code(refusal) not in _NOT_THE_MESSAGE and not _is_throttled(refusal)


def wants_pause(refusal: CommandFailed) -> bool:
    """Say whether the server refuses for now what it gives a little later, whatever the question was."""
    return refusal.status != "BYE" and (_code(refusal) in _PASSING or _is_throttled(refusal))


def pause(refusal: CommandFailed, tries: int, back_off: tuple[float, ...] = BACK_OFF) -> float | None:
    """Return the seconds before the question is asked again after `tries` in vain; None when that is of no use."""
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
