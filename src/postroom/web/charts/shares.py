"""A bar that shows of what parts a whole consists, such as all accounts by their states. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from postroom.footprint.dataclass import dataclass
from postroom.web.charts.scale import thousands
from postroom.web.charts.svg import element, plot
from postroom.web.design.tones import Tone

__all__ = ["Share", "share_bar", "widths"]

_WIDTH: Final = 1000
_HEIGHT: Final = 10
_LEAST: Final = 8
"""A part that is there is seen: one account of ten thousand is as wide as eight of a thousand."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the whole: its label, its colour, how many there are of it."""

    label: str
    tone: Tone
    count: int


def share_bar(shares: Sequence[Share], *, title: str) -> Markup:
    """Return one bar with all parts that are not empty, in their order."""
    there = [share for share in shares if share.count]
    marks: list[Markup] = []
    x = 0.0
    for share, width in zip(there, widths([share.count for share in there]), strict=True):
        told = element("title", f"{share.label}: {thousands(share.count)}")
        marks.append(element("rect", told, x=x, y=0, width=width, height=_HEIGHT, class_=f"shape tone-{share.tone}"))
        x += width
    words = ", ".join(f"{share.label} {thousands(share.count)}" for share in there) or "none"
    return plot(f"{title}: {words}", _WIDTH, _HEIGHT, *marks, class_="shares")


def widths(counts: Sequence[int]) -> list[float]:
    """Return how wide each part is of a thousand. Small parts get the least width, and the large ones give it."""
    total = sum(counts)
    small = [count for count in counts if count / total * _WIDTH < _LEAST]
    left, of = _WIDTH - _LEAST * len(small), total - sum(small)
    return [_LEAST if count / total * _WIDTH < _LEAST else count / of * left for count in counts]
