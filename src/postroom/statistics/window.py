"""The units of statistics: minutes, and the longest window. Pure."""

from __future__ import annotations

from typing import Final

MINUTE: Final = 60_000
"""Milliseconds."""
LONGEST: Final = 604_800
"""Seconds for which minutes are kept: seven days."""


def beginning(moment: int) -> int:
    """Return the beginning of the minute of `moment`, both in milliseconds since 1970."""
    return moment - moment % MINUTE
