"""The scale of a chart: a round number as its top, and times and lengths of time in short words. Pure."""

from __future__ import annotations

from typing import Final

__all__ = ["MINUTE_MS", "round_top", "thousands", "time_of_day", "time_span"]

MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS
_STEPS: Final = (1, 2, 5, 10)


def round_top(highest: float) -> int:
    """Return the least of 1, 2, 5, 10, 20, 50, … that is not below `highest`; 1 when all values are 0."""
    power = 1
    while power * _STEPS[-1] < highest:
        power *= 10
    return next(step * power for step in _STEPS if step * power >= highest)


def thousands(value: int) -> str:
    """Return a whole number with its thousands apart: `12,345`."""
    return f"{value:,}"


def time_of_day(at: int) -> str:
    """Return the time of day in UTC of milliseconds since 1970: `14:05`."""
    minutes = at // MINUTE_MS % (24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def time_span(span: int) -> str:
    """Return a length of time in milliseconds in its two largest units: `3 d 4 h`, `5 min`, `12 s`."""
    if span < MINUTE_MS:
        return f"{span // 1000} s"
    if span < _HOUR_MS:
        return f"{span // MINUTE_MS} min"
    large, small, names = (_DAY_MS, _HOUR_MS, "dh") if span >= _DAY_MS else (_HOUR_MS, MINUTE_MS, ("h", "min"))
    whole, rest = divmod(span, large)
    part = rest // small
    return f"{whole} {names[0]} {part} {names[1]}" if part else f"{whole} {names[0]}"
