"""When a message is tried again, and for how long an account pauses. Pure."""

from __future__ import annotations

from typing import Final

__all__ = ["FIRST_DELAY", "LONGEST_DELAY", "LONGEST_PAUSE", "delay_after", "limit_pause", "pause_after"]

FIRST_DELAY: Final = 5.0
"""Seconds from the first attempt to the second. Each further wait is twice as long."""

LONGEST_DELAY: Final = 4 * 3600.0
LONGEST_PAUSE: Final = 600.0
"""Seconds for which an account pauses at most because its server cannot be reached."""

JITTER: Final = 0.2

SHORTEST_LIMIT_PAUSE: Final = 60.0
LONGEST_LIMIT_PAUSE: Final = 24 * 3600.0
"""Seconds between which the pause lies that a provider asks for. No limit lasts longer than a day."""

_DAY_LIMIT_PAUSE: Final = 3600.0
_LIMIT_PAUSE: Final = 300.0
_DAY_LIMIT_CODES: Final = frozenset({"5.4.5", "5.2.121"})
_DAY_WORDS: Final = ("daily", "per day", "24 hour", "24-hour")


def delay_after(attempts_made: int, roll: float) -> float:
    """Return the seconds until the next attempt: 5 s after the first attempt, then twice as long each time, ±20 %.

    `attempts_made` is at least 1. `roll` is a random number from 0 to 1.
    """
    return _jittered(min(FIRST_DELAY * 2.0 ** min(attempts_made - 1, 30), LONGEST_DELAY), roll)


def pause_after(failures: int, roll: float, retry_after: float | None = None) -> float:
    """Return the seconds for which an account pauses after `failures` failed connections in a row.

    `retry_after` is the least that the server or the pacing of sign-ins asks for.
    """
    pause = _jittered(min(FIRST_DELAY * 2.0 ** min(failures - 1, 30), LONGEST_PAUSE), roll)
    return max(pause, retry_after or 0.0)


def limit_pause(words: str, enhanced: str | None, wished: float | None) -> float:
    """Return the seconds for which an account pauses after its provider said that a limit is reached.

    The provider's own wish counts, within reason: the attempts cost nothing, so a pause of nothing would repeat them
    without end. Otherwise a limit of a day is asked about once an hour, any other after 5 minutes.
    """
    if wished is not None:
        return min(max(wished, SHORTEST_LIMIT_PAUSE), LONGEST_LIMIT_PAUSE)
    said = words.lower()
    is_daily = enhanced in _DAY_LIMIT_CODES or any(each in said for each in _DAY_WORDS)
    return _DAY_LIMIT_PAUSE if is_daily else _LIMIT_PAUSE


def _jittered(seconds: float, roll: float) -> float:
    return seconds * (1 - JITTER + 2 * JITTER * roll)
