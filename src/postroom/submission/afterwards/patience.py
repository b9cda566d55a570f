"""How long a failed task is worth another try, when that is due, and how long one try may take. Pure."""

from __future__ import annotations

from typing import Final

from postroom.accounts.lifecycle import State
from postroom.accounts.model import NotConnected
from postroom.errors import Permanent, PostroomError
from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.failures import (
    ChangeCutShort,
    ChangeTimedOut,
    IncompleteAnswer,
    NotThere,
    ServerRefused,
    TimedOut,
)
from postroom.sessions.failures import SessionFailed

__all__ = ["DAY", "SPARE", "Trouble", "allowed_for", "next_look", "pause_after", "trouble_of"]

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
SPARE: Final = 30_000
"""Milliseconds between the end of a try and the end of its claim, so that no two processes work on one task."""

_FIRST_PAUSE: Final = 5_000
_GROWTH: Final = 3
_PAUSE_OF_ACCOUNT: Final = 30_000
_LONGEST_PAUSE: Final = HOUR
_SPREAD: Final = 0.2
_TIME_ALLOWED: Final = 60_000
_OCTETS_PER_MS: Final = 50
_LOOKS: Final = (10_000, 70_000, 370_000, 36 * 60_000, 3 * HOUR, 9 * HOUR, DAY, 3 * DAY)
"""Ages of an unknown message, in milliseconds, at which it is looked for. Providers file a message within seconds."""

_NEVER: Final = frozenset({"TOOBIG", "NOPERM", "CANNOT", "NONEXISTENT", "TRYCREATE", "UNKNOWN-CTE"})
_PASSING: Final = frozenset({"OVERQUOTA", "LIMIT", "INUSE", "UNAVAILABLE", "SERVERBUG", "CONTACTADMIN"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """How bad a failure is: for how many milliseconds after sending it is worth trying again, 0 for never.

    `is_about_the_account`: the session failed, not the task.
    """

    worth: int
    is_about_the_account: bool = False


def trouble_of(error: PostroomError) -> Trouble:
    """Return the verdict on the failure of a task."""
    match error:
        case NotConnected(state=State.UNSET):
            return Trouble(0)
        case SessionFailed() | NotConnected() | TimedOut():
            return Trouble(DAY, is_about_the_account=True)
        case ChangeCutShort() | ChangeTimedOut():
            return Trouble(DAY)
        case ServerRefused():
            return _of_refusal(error)
        case NotThere() | Permanent():
            return Trouble(0)
        case IncompleteAnswer():
            return Trouble(HOUR)
    return Trouble(0)


def pause_after(attempts: int, roll: float, *, is_about_the_account: bool = False) -> int:
    """Return the milliseconds to wait after so many attempts; `roll` is a random number from 0 to 1."""
    pause = min(_FIRST_PAUSE * _GROWTH ** min(attempts - 1, 10), _LONGEST_PAUSE)
    if is_about_the_account:
        pause = max(pause, _PAUSE_OF_ACCOUNT)
    return int(pause * (1 + _SPREAD * (2 * roll - 1)))


def next_look(age: int) -> int | None:
    """Return after how many milliseconds an unknown message of this age is looked for again; None for never."""
    return next((at - age for at in _LOOKS if at > age), None)


def allowed_for(size: int) -> int:
    """Return how many milliseconds one try for a message of so many octets may take."""
    return _TIME_ALLOWED + size // _OCTETS_PER_MS


def _of_refusal(refusal: ServerRefused) -> Trouble:
    if refusal.code in _NEVER:
        return Trouble(0)
    if refusal.code in _PASSING or refusal.status == "BYE":
        return Trouble(DAY, is_about_the_account=refusal.status == "BYE")
    return Trouble(HOUR)
