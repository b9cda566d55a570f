"""Says times in words that are read at a glance: "3 min ago", "in 2 h". Pure."""

from __future__ import annotations

from typing import Final

from postroom.clock import iso

__all__ = ["clock_time", "distance", "span"]

_SECOND: Final = 1000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
# From this distance on, a date says more than a number of days.
_DATED: Final = 30 * _DAY


def span(ms: int) -> str:
    """Return a length of time as `850 ms`, `12 s`, `4 min`, `3 h` or `12 d`."""
    if ms < _SECOND:
        return f"{ms} ms"
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if ms >= unit:
            return f"{ms // unit} {name}"
    return f"{ms // _SECOND} s"


def distance(at: int, now: int) -> str:
    """Return how far a time is from now: `just now`, `3 min ago`, `in 2 h`, or its date when it is far away."""
    away = abs(now - at)
    if away >= _DATED:
        return iso(at)[:10]
    if away < _SECOND:
        return "just now"
    return f"{span(away)} ago" if at < now else f"in {span(away)}"


def clock_time(at: int) -> str:
    """Return a time to the second, in UTC, as `2026-01-31 12:00:00 UTC`."""
    return f"{iso(at)[:19].replace('T', ' ')} UTC"
