"""The states that an account has been in, as segments of a strip. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from postroom.accounts.model import TimelineEntry
from postroom.web.charts.state_strip import Segment
from postroom.web.design.tones import label, tone

__all__ = ["WINDOW", "segments"]

WINDOW: Final = 24 * 3600 * 1000 + 1
"""The time that the strip shows, in milliseconds: more than a day, so that its axis says how long ago it begins."""


def segments(entries: Iterable[TimelineEntry], now: int) -> list[Segment]:
    """Return the states of the last day, oldest first. `entries` are the newest of the timeline, newest first.

    The strip begins later if the timeline does. A state that was only reported again is one segment.
    """
    found: list[Segment] = []
    end = now
    for entry in entries:
        begin = min(max(entry.at, now - WINDOW), end)
        if begin < end or not found:
            found.append(Segment(begin, end, label(entry.state), tone(entry.state)))
        end = begin
        if entry.at <= now - WINDOW:
            break
    return _joined(reversed(found))


def _joined(parts: Iterable[Segment]) -> list[Segment]:
    joined: list[Segment] = []
    for part in parts:
        if joined and joined[-1].label == part.label:
            joined[-1] = Segment(joined[-1].begin, part.end, part.label, part.tone)
        else:
            joined.append(part)
    return joined
