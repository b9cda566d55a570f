"""One row of numbers in a chart, and how it is coloured. A chart never says anything by colour alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from postroom.footprint.dataclass import dataclass
from postroom.web.charts.svg import element
from postroom.web.design.tones import Tone

__all__ = ["Series", "legend"]


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind, such as deliveries a minute, oldest first."""

    label: str
    tone: Tone
    values: Sequence[int]


def legend(*entries: tuple[str, Tone, str]) -> Markup:
    """Return the legend: for each entry its label, its colour and a number in words."""
    items = [
        element("li", element("span", class_=f"key tone-{tone}"), f" {label} ", element("strong", told))
        for label, tone, told in entries
    ]
    return element("ul", *items, class_="legend")
