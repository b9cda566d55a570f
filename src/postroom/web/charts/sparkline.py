"""A line without an axis, small enough for a line of text or a card. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from postroom.web.charts.svg import element, number, plot
from postroom.web.design.tones import Tone

__all__ = ["sparkline"]

_STEP: Final = 4
_HEIGHT: Final = 24
_MARGIN: Final = 2


def sparkline(values: Sequence[int], *, title: str, tone: Tone = "busy") -> Markup:
    """Return the line through `values`, oldest first. `title` says in words what it shows."""
    points = list(values) if len(values) > 1 else [*values, *values] or [0, 0]
    top = max(*points, 1)
    places = [
        f"{number(at * _STEP)} {number(_HEIGHT - _MARGIN - value / top * (_HEIGHT - 2 * _MARGIN))}"
        for at, value in enumerate(points)
    ]
    width = (len(points) - 1) * _STEP
    line = "M" + "L".join(places)
    area = element("path", d=f"{line}L{width} {_HEIGHT}L0 {_HEIGHT}Z", class_=f"area tone-{tone}")
    return plot(title, width, _HEIGHT, area, element("path", d=line, class_=f"line tone-{tone}"), class_="spark")
